// `@modelcontextprotocol/server` (version 2) as an MCP server that serves revision 2026-07-28 alone:
// node --require ./loopback.cjs modern-server.mjs json|sse
// The argument is the form of its responses. loopback.cjs chooses the port, prints it, and prints each request.
import { createServer } from "node:http";
import { McpServer, createMcpHandler, fromJsonSchema } from "@modelcontextprotocol/server";
import { toNodeHandler } from "@modelcontextprotocol/node";

const text = (text) => ({ content: [{ type: "text", text }] });
const takes = (type, ...names) =>
  fromJsonSchema({ type: "object", properties: Object.fromEntries(names.map((name) => [name, { type }])), required: names });

const make = () => {
  const server = new McpServer({ name: "modern", version: "1" });
  server.registerTool("echo", { inputSchema: takes("string", "message") }, ({ message }) => text(`Echo: ${message}`));
  server.registerTool("get-env", {}, () => text("nothing"));
  for (const [name, of] of Object.entries({ "get-sum": (a, b) => a + b, "get-product": (a, b) => a * b }))
    server.registerTool(name, { inputSchema: takes("number", "a", "b") }, ({ a, b }) => text(String(of(a, b))));
  for (const name of ["open", "secret"]) {
    const uri = `file:///${name}/a`;
    server.registerResource(name, uri, {}, () => ({ contents: [{ uri, text: name }] }));
    server.registerPrompt(name, {}, () => ({ messages: [{ role: "user", content: { type: "text", text: name } }] }));
  }
  return server;
};

createServer(toNodeHandler(createMcpHandler(make, { legacy: "reject", responseMode: process.argv[2] }))).listen();
