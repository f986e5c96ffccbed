// `@modelcontextprotocol/client` (version 2) as a program without a user: node machine.mjs CONFIG_JSON
// CONFIG has the url of the MCP server, and what machine-provider.mjs reads.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { serve } from "./commands.mjs";
import { machineProvider } from "./machine-provider.mjs";

const config = JSON.parse(process.argv[2]);
const provider = machineProvider(config);
let issued = 0;
const save = provider.saveTokens.bind(provider);
provider.saveTokens = (tokens) => { issued += 1; save(tokens); };
const client = new Client({ name: "machine", version: "1" });

await serve({
  connect: async () => {
    await client.connect(new StreamableHTTPClientTransport(new URL(config.url), { authProvider: provider }));
    return { issued };
  },
  call: async () => {
    const result = await client.callTool({ name: "echo", arguments: { message: "hello" } });
    return { text: result.content[0].text, issued };
  },
  tokens: async () => ({ tokens: provider.tokens() ?? null }),
});
