// A new key, and tokens that it signs: node keys.mjs ALGORITHM [CLAIMS_JSON…]. Prints {privateKey (PKCS #8), jwks, tokens}.
// Each token is valid from now on for five minutes. TYP is the `typ` of the tokens; without it they have none.
import { SignJWT, exportJWK, exportPKCS8, generateKeyPair } from "jose";

const [alg, ...claims] = process.argv.slice(2);
const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
const header = { alg, kid: "of-the-tests", ...(process.env.TYP && { typ: process.env.TYP }) };
const now = Math.floor(Date.now() / 1000);
const sign = (text) =>
  new SignJWT({ iat: now, nbf: now, exp: now + 300, ...JSON.parse(text) }).setProtectedHeader(header).sign(privateKey);
process.stdout.write(JSON.stringify({
  privateKey: await exportPKCS8(privateKey),
  jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: header.kid, alg, use: "sig" }] },
  tokens: await Promise.all(claims.map(sign)),
}) + "\n");
