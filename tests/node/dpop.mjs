// A client with a key of its own (oauth4webapi, DPoP) against the whole system:
//   node dpop.mjs MCP_URL
// Prints the URL that the user has to open, reads the callback URL, and prints one JSON line per step.
import * as oauth from "oauth4webapi";
import { createInterface } from "node:readline";

const url = new URL(process.argv[2]);
const loopback = { [oauth.allowInsecureRequests]: true };
const step = (name, more) => console.log(JSON.stringify({ step: name, ...more }));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const resource = await oauth
  .resourceDiscoveryRequest(url, loopback)
  .then((response) => oauth.processResourceDiscoveryResponse(url, response));
const issuer = new URL(resource.authorization_servers[0]);
const as = await oauth
  .discoveryRequest(issuer, { algorithm: "oauth2", ...loopback })
  .then((response) => oauth.processDiscoveryResponse(issuer, response));
step("metadata", {
  algorithms: as.dpop_signing_alg_values_supported,
  required: resource.dpop_bound_access_tokens_required ?? false,
});

const redirect = "http://127.0.0.1:1/callback";
const client = await oauth
  .dynamicClientRegistrationRequest(
    as,
    { redirect_uris: [redirect], token_endpoint_auth_method: "none", client_name: "dpop" },
    loopback,
  )
  .then(oauth.processDynamicClientRegistrationResponse);
const auth = oauth.None();

const keys = await oauth.generateKeyPair(process.argv[3] ?? "ES256", { extractable: true });
const DPoP = oauth.DPoP(client, keys);
const options = { additionalParameters: { resource: resource.resource }, DPoP, ...loopback };
// The library keeps the nonce of the response for the next proof.
const withNonce = async (request) => {
  try {
    return await request();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    step("nonce");
    return await request();
  }
};

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const authorize = new URL(as.authorization_endpoint);
for (const [name, value] of Object.entries({
  client_id: client.client_id,
  redirect_uri: redirect,
  response_type: "code",
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  resource: resource.resource,
}))
  authorize.searchParams.set(name, value);
console.log(JSON.stringify({ authorize: authorize.href }));
const parameters = oauth.validateAuthResponse(as, client, new URL((await lines.next()).value), state);

const tokens = await withNonce(() =>
  oauth
    .authorizationCodeGrantRequest(as, client, auth, parameters, redirect, verifier, options)
    .then((response) => oauth.processAuthorizationCodeResponse(as, client, response)),
);
step("tokens", { type: tokens.token_type });

const refreshed = await withNonce(() =>
  oauth
    .refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, options)
    .then((response) => oauth.processRefreshTokenResponse(as, client, response)),
);
step("refreshed", { type: refreshed.token_type });

const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };
let proof;
const [call] = [
  () =>
    oauth.protectedResourceRequest(refreshed.access_token, "POST", url, new Headers(json), ping, {
      DPoP,
      ...loopback,
      // Keeps the proof, to send it again.
      [oauth.customFetch]: (address, request) => {
        proof = request.headers.get?.("dpop") ?? request.headers.dpop;
        return fetch(address, request);
      },
    }),
];
step("called", { status: (await withNonce(call)).status });

const user = await withNonce(() =>
  oauth.userInfoRequest(as, client, refreshed.access_token, { DPoP, ...loopback }).then((response) => response.json()),
);
step("userinfo", { sub: user.sub });

// What somebody can do who has copied the token, or a whole request.
const raw = async (headers) => {
  const response = await fetch(url, { method: "POST", headers: { ...json, ...headers }, body: ping });
  return { status: response.status, challenge: response.headers.get("www-authenticate") };
};
step("stolen", await raw({ authorization: `Bearer ${refreshed.access_token}` }));
step("without proof", await raw({ authorization: `DPoP ${refreshed.access_token}` }));
step("replayed", await raw({ authorization: `DPoP ${refreshed.access_token}`, dpop: proof }));
const thief = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
const stolen = await withNonce(() =>
  oauth.refreshTokenGrantRequest(as, client, auth, refreshed.refresh_token, { ...options, DPoP: thief }),
);
step("stolen refresh token", { status: stolen.status, error: (await stolen.json()).error });
console.log(JSON.stringify({ done: true }));
process.exit(0);
