// `@modelcontextprotocol/client` (version 2) as a user's MCP client: node client-v2.mjs URL [REVISION]
// With a revision, it speaks that one alone.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { serve } from "./commands.mjs";
import { commandsOf } from "./person.mjs";

const [url, revision] = process.argv.slice(2);
const options = revision && { versionNegotiation: { mode: { pin: revision } } };

await serve(await commandsOf({
  name: "client-v2",
  url,
  makeClient: (info) => new Client(info, options),
  makeTransport: (url, authProvider) => new StreamableHTTPClientTransport(url, { authProvider }),
  isUnauthorized: (error) => error instanceof UnauthorizedError,
  finish: (transport, parameters) => transport.finishAuth(parameters),
}));
