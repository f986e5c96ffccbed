// `mcp-remote` behind an MCP client that only speaks stdio: node mcp-remote.mjs URL DIRECTORY
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { say, serve } from "./commands.mjs";

const [url, directory] = process.argv.slice(2);
const proxy = fileURLToPath(new URL("./node_modules/mcp-remote/dist/proxy.js", import.meta.url));
const spoilt = "AAAAAAAA";
const issued = new Set();
let client;

async function tokensFile() {
  const store = join(directory, "mcp-remote-v1");
  const name = (await readdir(store)).find((name) => name.endsWith("_tokens.json"));
  return join(store, name);
}

async function tokens() {
  const kept = JSON.parse(await readFile(await tokensFile(), "utf8"));
  if (!kept.access_token.endsWith(spoilt)) issued.add(kept.access_token);
  return kept;
}

function announce(stderr) {
  let text = "";
  stderr.setEncoding("utf8").on("data", (piece) => {
    process.stderr.write(piece);
    text += piece;
    const [asked] = text.match(/^https?:\/\/\S*\/oauth\/authorize\?\S+(?=\s)/m) ?? [];
    if (asked) {
      text = "";
      say({ authorize: asked });
    }
  });
}

await serve({
  connect: async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [proxy, url, "--transport", "http-only"],
      // No PATH, so that mcp-remote cannot open a browser on the machine that runs the tests.
      env: { MCP_REMOTE_CONFIG_DIR: directory, HOME: directory, PATH: "/nonexistent" },
      stderr: "pipe",
    });
    announce(transport.stderr);
    client = new Client({ name: "mcp-remote", version: "1" });
    await client.connect(transport);
    await tokens();
    return { issued: issued.size };
  },
  call: async () => {
    const result = await client.callTool({ name: "echo", arguments: { message: "hello" } });
    await tokens();
    return { text: result.content[0].text, issued: issued.size };
  },
  expire: async () => {
    const kept = await tokens();
    const access_token = kept.access_token.slice(0, -spoilt.length) + spoilt;
    await writeFile(await tokensFile(), JSON.stringify({ ...kept, access_token }));
  },
  tokens: async () => ({ tokens: await tokens() }),
  close: async () => { await client.close(); },
});
