// A complete login and tool call with a real client and a scripted browser: node demo.mjs URL OTHER_URL USER PASSWORD
//
// `@modelcontextprotocol/client` is the MCP client; this program acts as the user's browser. It prints each HTTP exchange
// as it happens, and exits with 0 only if every step occurred.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";

const [url, otherUrl, user, password] = process.argv.slice(2);
const seen = new Set();
let count = 0;

const title = (text) => console.log(`\n── ${text} ${"─".repeat(Math.max(0, 84 - text.length))}`);
const line = (text) => console.log(`     ${text}`);

/** Shortens long and secret values so that they are still recognizable. */
const short = (value) => {
  const text = String(value).replace(/\s+/g, " ");
  if (/^(eyJ|mcpbr_|mcpbc_)/.test(text)) return `${text.slice(0, 10)}… (${text.length} characters)`;
  return text.length > 150 ? `${text.slice(0, 150)}…` : text;
};
const pairs = (search) => [...search].map(([name, value]) =>
  `  ${name} = ${["password", "csrf", "code_verifier"].includes(name) ? "…" : short(value)}`);

/** Prints one exchange in a single write, so that concurrent exchanges do not mix. */
function print(who, method, target, headers, body, response, text) {
  count += 1;
  const at = new URL(target);
  console.log(`\n${String(count).padStart(3)}. ${who}: ${method} ${at.origin}${at.pathname}`);
  [...requestLines(at, headers, body), ...answerLines(response, text)].forEach(line);
}

function requestLines(at, headers, body) {
  const lines = pairs(at.searchParams);
  const authorization = headers.get("authorization");
  if (authorization) lines.push(`Authorization: Bearer ${short(authorization.slice(7))}`);
  const form = (headers.get("content-type") ?? "").includes("form");
  if (body) lines.push(...(form ? pairs(new URLSearchParams(String(body))) : [short(body)]));
  return lines;
}

function answerLines(response, text) {
  if (text === undefined) return [`→ ${response.status}, a stream that stays open`];
  const lines = [`→ ${response.status}`];
  for (const name of ["www-authenticate", "location", "retry-after"]) {
    if (response.headers.has(name)) lines.push(`  ${name}: ${response.headers.get(name)}`);
  }
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("json")) {
    for (const [name, value] of Object.entries(JSON.parse(text))) {
      lines.push(`  ${name}: ${short(typeof value === "string" ? value : JSON.stringify(value))}`);
    }
  } else if (type.includes("html")) {
    lines.push(`  page: ${/<title>([^<]*)/.exec(text)?.[1]}`);
  } else if (text) lines.push(`  ${short(text)}`);
  return lines;
}

/** `fetch` for the MCP client that prints each exchange. It does not wait for the end of a stream. */
async function clientFetch(target, init = {}) {
  const headers = new Headers(init.headers);
  const method = init.method ?? "GET";
  const response = await fetch(target, init);
  const streams = (response.headers.get("content-type") ?? "").includes("event-stream");
  const text = method === "GET" && streams ? undefined : await response.clone().text();
  print("client", method, target, headers, init.body, response, text);
  note(method, new URL(target), response);
  return response;
}

/** Records which step the exchange was, for the summary at the end. */
function note(method, at, response) {
  const path = at.pathname;
  if (response.status === 401 && response.headers.get("www-authenticate")?.includes("resource_metadata=")) seen.add("401 and challenge");
  if (path.includes("oauth-protected-resource") && response.ok) seen.add("resource metadata");
  if (path.includes("oauth-authorization-server") && response.ok) seen.add("server metadata");
  if (path.endsWith("/oauth/register") && response.status === 201) seen.add("registration");
  if (path.endsWith("/oauth/token") && response.ok) seen.add(seen.has("token") ? "refresh" : "token");
}

/** The user's browser: cookies, redirects, forms. */
const jar = new Map();
async function browse(method, target, form) {
  const headers = new Headers({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") });
  let body;
  if (form) {
    headers.set("content-type", "application/x-www-form-urlencoded");
    headers.set("origin", new URL(target).origin);
    headers.set("sec-fetch-site", "same-origin");
    body = new URLSearchParams(form).toString();
  }
  const response = await fetch(target, { method, headers, body, redirect: "manual" });
  for (const cookie of response.headers.getSetCookie()) {
    const [pair] = cookie.split(";");
    jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
  const text = await response.text();
  print("browser", method, target, headers, body, response, text);
  const location = response.headers.get("location");
  if (location && response.status < 400) return browse("GET", new URL(location, target).href);
  return { text, target };
}

const unescape = (text) => text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const input = (page, name) => unescape(new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? "");
const action = (page) => new URL(unescape(/<form[^>]* action="([^"]*)"/.exec(page.text)[1]), page.target).href;

async function person(authorizationUrl) {
  title("The browser: authorize, login, consent");
  const login = await browse("GET", authorizationUrl);
  seen.add("authorize");
  const consent = await browse("POST", action(login), { flow: input(login, "flow"), csrf: input(login, "csrf"), username: user, password });
  seen.add("login");
  const done = await browse("POST", action(consent), { flow: input(consent, "flow"), csrf: input(consent, "csrf"), decision: "approve" });
  seen.add("consent");
  const back = new URL(unescape(/id="continue" href="([^"]*)"/.exec(done.text)[1]));
  line("the browser is sent back to the client:");
  pairs(back.searchParams).forEach(line);
  if (back.searchParams.has("code")) seen.add("code");
  return back.searchParams;
}

const kept = {};
let back;
const provider = {
  get redirectUrl() { return "http://127.0.0.1:3334/callback"; },
  get clientMetadata() {
    return { client_name: "MCPBouncer demo", redirect_uris: [this.redirectUrl], grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], token_endpoint_auth_method: "none" };
  },
  state: () => (kept.state = crypto.randomUUID()),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  saveDiscoveryState: (state) => { kept.discovery = state; },
  discoveryState: () => kept.discovery,
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  redirectToAuthorization: (target) => { back = person(target.href); },
};
const transport = () => new StreamableHTTPClientTransport(new URL(url), { authProvider: provider, fetch: clientFetch });
const connect = async () => {
  const client = new Client({ name: "mcpbouncer-demo", version: "1" });
  const way = transport();
  try {
    await client.connect(way);
    return client;
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const answer = await back;
    if (answer.get("state") !== kept.state) throw new Error("the returned state differs");
    title("The client: exchange the code for tokens");
    await way.finishAuth(answer);
  }
  title("The client: connect and call a tool");
  const second = new Client({ name: "mcpbouncer-demo", version: "1" });
  await second.connect(transport());
  return second;
};
const call = async (client) => {
  const result = await client.callTool({ name: "echo", arguments: { message: "hello" } });
  const text = result.content[0].text;
  console.log(`\n     tool result: ${text}`);
  if (!text.includes("hello")) throw new Error("the tool did not echo");
};

title("The client: first contact, discovery, registration");
const client = await connect();
await call(client);
seen.add("tool result");

title("The access token is no longer valid: refresh, and call the tool again");
kept.tokens = { ...kept.tokens, access_token: `${kept.tokens.access_token.slice(0, -8)}AAAAAAAA` };
await call(client);

title("The access token at another tenant");
const refused = await clientFetch(otherUrl, {
  method: "POST",
  headers: { authorization: `Bearer ${kept.tokens.access_token}`, "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
});
if (refused.status === 401 && refused.headers.get("www-authenticate")?.includes('error="invalid_token"')) seen.add("refused elsewhere");
await client.close();

title("Seen");
const wanted = ["401 and challenge", "resource metadata", "server metadata", "registration", "authorize", "login", "consent", "code", "token", "tool result", "refresh", "refused elsewhere"];
for (const step of wanted) console.log(`     ${seen.has(step) ? "yes" : "NO "}  ${step}`);
process.exit(wanted.every((step) => seen.has(step)) ? 0 : 1);
