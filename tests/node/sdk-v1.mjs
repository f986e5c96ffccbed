// `@modelcontextprotocol/sdk` (version 1) as a user's MCP client: node sdk-v1.mjs URL
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { serve } from "./commands.mjs";
import { commandsOf } from "./person.mjs";

await serve(await commandsOf({
  name: "sdk-v1",
  url: process.argv[2],
  makeClient: (info) => new Client(info),
  makeTransport: (url, authProvider) => new StreamableHTTPClientTransport(url, { authProvider }),
  isUnauthorized: (error) => error instanceof UnauthorizedError,
  finish: (transport, parameters) => transport.finishAuth(parameters.get("code")),
}));
