// A page in a real Chromium that uses an MCP server at another origin:
// node page.mjs CHROMIUM MCP_URL, with the access token on standard input. Prints the responses that the page could read.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { launch } from "./chromium.mjs";

const [executablePath, mcp] = process.argv.slice(2);
const token = (await text(process.stdin)).trim();

const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>page</title>"));
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const browser = await launch(executablePath);
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const seen = await page.evaluate(async ({ mcp, token }) => {
    const post = (headers) => fetch(mcp, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
        // Headers that are not MCP's: the browser sends a preflight.
        Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "X-Tenant-Id": "1",
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: "2.0", id: 1, method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "page", version: "1" } },
      }),
    });
    const refused = await post({});
    const challenge = refused.headers.get("WWW-Authenticate");
    const [, metadata] = challenge?.match(/resource_metadata="([^"]+)"/) ?? [];
    const document = await (await fetch(metadata)).json();
    const served = await post({ Authorization: `Bearer ${token}` });
    await served.text();
    // Errors must be readable too: otherwise the page knows only that something failed.
    const seen = async (url, options) => {
      try {
        const answer = await fetch(url, options);
        return { status: answer.status, body: await answer.text() };
      } catch (error) {
        return { blocked: String(error) };
      }
    };
    const base = mcp.replace(/\/mcp$/, "");
    const form = (body) => ({
      method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body,
    });
    const errors = {
      malformed: await seen(mcp, { method: "POST", headers: { Authorization: "Bearer a b" }, body: "{}" }),
      invalid: await seen(mcp, { method: "DELETE", headers: { Authorization: "Bearer x", "Mcp-Session-Id": "s" } }),
      missing: await seen(mcp, { method: "GET", headers: { Accept: "text/event-stream", "Last-Event-ID": "1" } }),
      token: await seen(`${base}/oauth/token`, form("grant_type=none")),
      registration: await seen(`${base}/oauth/register`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
      }),
      unknown: await seen(`${base}/oauth/unknown`),
    };
    return {
      errors,
      unauthorized: refused.status,
      challenge,
      metadata: document.resource,
      initialized: served.status,
      session: served.headers.get("Mcp-Session-Id"),
    };
  }, { mcp, token });
  process.stdout.write(JSON.stringify(seen) + "\n");
} finally {
  await browser.close();
  server.close();
}
