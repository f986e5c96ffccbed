// A strict OAuth 2.0 relying party (oauth4webapi) against the authorization server:
//   node relying-party.mjs MCP_URL
// Prints the URL that the user has to open, reads the callback URL, and prints one JSON line per step.
import * as oauth from "oauth4webapi";
import { createInterface } from "node:readline";

const url = new URL(process.argv[2]);
const loopback = { [oauth.allowInsecureRequests]: true };
const step = (name) => console.log(JSON.stringify({ step: name }));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const resource = await oauth
  .resourceDiscoveryRequest(url, loopback)
  .then((response) => oauth.processResourceDiscoveryResponse(url, response));
step("protected resource metadata");

const issuer = new URL(resource.authorization_servers[0]);
const discover = async (algorithm) => {
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...loopback });
  return oauth.processDiscoveryResponse(issuer, response);
};
const as = await discover("oauth2");
await discover("oidc");
step("authorization server metadata, both forms");

const redirect = "http://127.0.0.1:1/callback";
const metadata = {
  redirect_uris: [redirect],
  token_endpoint_auth_method: "client_secret_basic",
  client_name: "relying party",
};
const client = await oauth
  .dynamicClientRegistrationRequest(as, metadata, loopback)
  .then(oauth.processDynamicClientRegistrationResponse);
const auth = oauth.ClientSecretBasic(client.client_secret);
step("dynamic client registration");

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
const callback = new URL((await lines.next()).value);
const parameters = oauth.validateAuthResponse(as, client, callback, state);
step("authorization response with iss");

const resourceParameter = { additionalParameters: { resource: resource.resource }, ...loopback };
const tokens = await oauth
  .authorizationCodeGrantRequest(as, client, auth, parameters, redirect, verifier, resourceParameter)
  .then((response) => oauth.processAuthorizationCodeResponse(as, client, response));
step("authorization code grant");

const refreshed = await oauth
  .refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, resourceParameter)
  .then((response) => oauth.processRefreshTokenResponse(as, client, response));
step("refresh token grant");

const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
const headers = new Headers({ "content-type": "application/json", accept: "application/json, text/event-stream" });
const answer = await oauth.protectedResourceRequest(refreshed.access_token, "POST", url, headers, ping, loopback);
if (answer.status === 401 || answer.status === 403) throw new Error(`the resource answered ${answer.status}`);
step("protected resource request");

const known = await oauth
  .introspectionRequest(as, client, auth, refreshed.access_token, loopback)
  .then((response) => oauth.processIntrospectionResponse(as, client, response));
if (!known.active) throw new Error("the token is not active");
step("introspection");

const user = await oauth
  .userInfoRequest(as, client, refreshed.access_token, loopback)
  .then((response) => oauth.processUserInfoResponse(as, client, known.sub, response));
if (user.sub !== known.sub) throw new Error("another subject");
step("userinfo");

await oauth
  .revocationRequest(as, client, auth, refreshed.refresh_token, loopback)
  .then(oauth.processRevocationResponse);
const after = await oauth
  .introspectionRequest(as, client, auth, refreshed.access_token, loopback)
  .then((response) => oauth.processIntrospectionResponse(as, client, response));
if (after.active) throw new Error("still active after revocation");
step("revocation");
console.log(JSON.stringify({ done: true }));
process.exit(0);
