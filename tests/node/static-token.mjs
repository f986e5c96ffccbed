// `@modelcontextprotocol/sdk` (version 1) without OAuth: it sends a token that it was given with each request.
// node static-token.mjs URL, with the token in TOKEN; prints one JSON line.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { say } from "./commands.mjs";

const headers = { Authorization: `Bearer ${process.env.TOKEN}` };
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]), { requestInit: { headers } });
const client = new Client({ name: "script", version: "1" });
try {
  await client.connect(transport);
  const result = await client.callTool({ name: "echo", arguments: { message: "hello" } });
  say({ text: result.content[0].text });
  await client.close();
} catch (error) {
  say({ error: String(error) });
}
process.exit(0);
