// A real OpenID provider (`oidc-provider`) with two users, alice and bob (any password):
// node idp.mjs CLIENT_JSON [AUDIENCE]. Prints {issuer}. The client is a native one, so that its loopback
// redirect URIs match on any port (RFC 8252 §7.3), because the port is not known beforehand.
// It exchanges the id_token of a client for an assertion about its user (RFC 8693, ID-JAG), signed with its own key, for the
// client id that ASSERTED_CLIENT names, as an administrator would configure it.
// It is also an authorization server for MCP: clients can register (RFC 7591), and for a resource (RFC 8707) it issues
// JWT access tokens (RFC 9068) of scope wiki for AUDIENCE.
import { createServer } from "node:http";
import Provider from "oidc-provider";
import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from "jose";

const people = {
  alice: { email: "alice@example.com", email_verified: true, name: "Alice Example", groups: ["staff"] },
  bob: { email: "bob@example.org", email_verified: false, name: "Bob Example", groups: [] },
};

// In a container, ISSUER says under which name and port others reach it there.
const server = createServer();
const place = process.env.ISSUER ? [Number(new URL(process.env.ISSUER).port)] : [0, "127.0.0.1"];
await new Promise((listening) => server.listen(...place, listening));
const issuer = process.env.ISSUER ?? `http://127.0.0.1:${server.address().port}`;

// The client that is asserted, the secret of the application that asks for assertions, and the key that signs them.
const asserted = process.env.ASSERTED_CLIENT;
const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
const signing = { kid: "signing", alg: "RS256", use: "sig" };
const publicKeys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), ...signing }] });
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), ...signing }] },
  clients: [{
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
    ...JSON.parse(process.argv[2]),
  }, ...(asserted ? [{
    application_type: "native",
    client_id: "application",
    client_secret: process.env.APPLICATION_SECRET,
    redirect_uris: ["http://127.0.0.1/callback"],
    grant_types: ["authorization_code", EXCHANGE],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_post",
  }] : [])],
  pkce: { required: () => true },
  scopes: ["openid", "offline_access", "email", "profile", "groups", ...(process.argv.length > 3 ? ["wiki"] : [])],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  conformIdTokenClaims: false,
  clientDefaults: { application_type: "native" },
  features: {
    registration: { enabled: true },
    resourceIndicators: {
      enabled: process.argv.length > 3,
      getResourceServerInfo: () => ({ scope: "wiki", audience: process.argv[3], accessTokenFormat: "jwt" }),
      useGrantedResource: () => true,
    },
  },
  cookies: { keys: ["tests only"] },
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
});
async function exchange(ctx) {
  const { requested_token_type, subject_token, audience, resource, scope } = ctx.oidc.params;
  const { clientId } = ctx.oidc.client;
  const { payload } = await jwtVerify(subject_token, publicKeys, { issuer, audience: clientId });
  const user = people[payload.sub];
  const claims = { client_id: asserted, resource, ...(scope && { scope }), ...user };
  const assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: "signing", typ: "oauth-id-jag+jwt" })
    .setIssuer(issuer).setSubject(payload.sub).setAudience(audience).setIssuedAt().setExpirationTime("5m")
    .setJti(crypto.randomUUID()).sign(privateKey);
  ctx.body = { issued_token_type: requested_token_type, access_token: assertion, token_type: "N_A", expires_in: 300 };
}
provider.registerGrantType(EXCHANGE, exchange, [
  "requested_token_type", "subject_token", "subject_token_type", "audience", "resource", "scope",
], ["audience", "resource"]);
provider.on("server_error", (_, error) => process.stderr.write(JSON.stringify({ failed: String(error?.stack ?? error) }) + "\n"));
server.on("request", (request, response) => {
  process.stderr.write(JSON.stringify({ method: request.method, url: request.url, headers: request.rawHeaders }) + "\n");
  provider.callback()(request, response);
});
process.stdout.write(JSON.stringify({ issuer }) + "\n");
