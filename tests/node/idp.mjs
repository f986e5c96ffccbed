// A real OpenID provider (`oidc-provider`) with two users, alice and bob (any password):
// node idp.mjs CLIENT_JSON [AUDIENCE]. Prints {issuer}. The client is a native one, so that its loopback
// redirect URIs match on any port (RFC 8252 §7.3), because the port is not known beforehand.
// It is also an authorization server for MCP: clients can register (RFC 7591), and for a resource (RFC 8707) it issues
// JWT access tokens (RFC 9068) of scope wiki for AUDIENCE.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const people = {
  alice: { email: "alice@example.com", email_verified: true, name: "Alice Example", groups: ["staff"] },
  bob: { email: "bob@example.org", email_verified: false, name: "Bob Example", groups: [] },
};

// In a container, ISSUER says under which name and port others reach it there.
const server = createServer();
const place = process.env.ISSUER ? [Number(new URL(process.env.ISSUER).port)] : [0, "127.0.0.1"];
await new Promise((listening) => server.listen(...place, listening));
const issuer = process.env.ISSUER ?? `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
    ...JSON.parse(process.argv[2]),
  }],
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
server.on("request", (request, response) => {
  process.stderr.write(JSON.stringify({ method: request.method, url: request.url, headers: request.rawHeaders }) + "\n");
  provider.callback()(request, response);
});
process.stdout.write(JSON.stringify({ issuer }) + "\n");
