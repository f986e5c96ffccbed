// `@modelcontextprotocol/client` (version 2) as a user's MCP client: node client-v2.mjs URL
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { serve } from "./commands.mjs";
import { commandsOf } from "./person.mjs";

await serve(await commandsOf({
  name: "client-v2",
  url: process.argv[2],
  makeClient: (info) => new Client(info),
  makeTransport: (url, authProvider) => new StreamableHTTPClientTransport(url, { authProvider }),
  isUnauthorized: (error) => error instanceof UnauthorizedError,
  finish: (transport, parameters) => transport.finishAuth(parameters),
}));
