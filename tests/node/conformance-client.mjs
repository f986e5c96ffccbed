// The same client for the scenarios of the official conformance suite: node conformance-client.mjs URL. The suite gives the
// credentials in MCP_CONFORMANCE_CONTEXT.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { machineProvider } from "./machine-provider.mjs";

const given = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT);
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
