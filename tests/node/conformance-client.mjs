// The same clients for the scenarios of the official conformance suite: node conformance-client.mjs URL. The suite gives the
// credentials of a program without a user in MCP_CONFORMANCE_CONTEXT. Without them the client has a user, who consents to
// everything: the suite's authorization server redirects at once.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { machineProvider } from "./machine-provider.mjs";
import { commandsOf } from "./person.mjs";

const given = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
if (!given.client_id) {
  const client = await commandsOf({
    name: "conformance",
    url: process.argv[2],
    open: (url) => fetch(url),
    makeClient: (info) => new Client(info),
    makeTransport: (url, authProvider) => new StreamableHTTPClientTransport(url, { authProvider }),
    isUnauthorized: (error) => error instanceof UnauthorizedError,
    finish: (transport, parameters) => transport.finishAuth(parameters),
  });
  await client.connect();
  const { names } = await client.list();
  await client.call(names[0]);
  process.exit(0);
}
const authProvider = machineProvider({
  clientId: given.client_id,
  clientSecret: given.client_secret,
  privateKey: given.private_key_pem,
  algorithm: given.signing_algorithm,
  // The suite's provider has no complete discovery document.
  idp: given.idp_id_token && {
    tokenEndpoint: given.idp_token_endpoint, idToken: given.idp_id_token, clientId: given.idp_client_id,
  },
});
const client = new Client({ name: "machine", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2]), { authProvider }));
await client.listTools();
await client.close();
