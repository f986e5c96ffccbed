// The OAuth part of an MCP client program: its stored data, and the loopback server to which the user's browser is
// redirected. Unless `open` opens the URL of the login, it prints the URL, and the test opens it.
import { createServer } from "node:http";
import { say } from "./commands.mjs";

export async function person(name, open = (url) => say({ authorize: url })) {
  let arrived;
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    if (url.pathname !== "/callback") return response.writeHead(404).end();
    response.end("You may close this page.");
    arrived?.(url.searchParams);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;

  const kept = { issued: 0 };
  let back;
  return {
    kept,
    /** Resolves with the parameters of the next callback. */
    back: () => back,
    provider: {
      get redirectUrl() { return redirectUrl; },
      get clientMetadata() {
        return {
          client_name: name,
          redirect_uris: [redirectUrl],
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          token_endpoint_auth_method: "none",
        };
      },
      state: () => (kept.state = crypto.randomUUID()),
      clientInformation: () => kept.client,
      saveClientInformation: (client) => { kept.client = client; },
      tokens: () => kept.tokens,
      saveTokens: (tokens) => { kept.tokens = tokens; kept.issued += 1; },
      codeVerifier: () => kept.verifier,
      saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
      invalidateCredentials: (scope) => {
        say({ invalidated: scope });
        if (scope === "all" || scope === "tokens") delete kept.tokens;
        if (scope === "all" || scope === "client") delete kept.client;
      },
      redirectToAuthorization: (url) => {
        back = new Promise((resolve) => { arrived = resolve; });
        open(url.href);
      },
    },
  };
}

/** A client with `connect`, `call`, `expire`: whatever SDK is behind `make`. */
export async function commandsOf({ name, url, open, makeClient, makeTransport, isUnauthorized, finish }) {
  const { kept, back, provider } = await person(name, open);
  let client, transport;
  const connect = async () => {
    transport = makeTransport(new URL(url), provider);
    client = makeClient({ name, version: "1" });
    await client.connect(transport);
  };
  /** Does `work`; if that takes a login, waits for the person and does it again with a new connection. */
  const withLogin = async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
    }
    const parameters = await back();
    if (parameters.get("state") !== kept.state) throw new Error("the state came back changed");
    if (parameters.has("error")) throw new Error(`the login failed: ${parameters}`);
    await finish(transport, parameters);
    await connect();
    return work === connect ? undefined : work();
  };
  return {
    connect: async () => { await withLogin(connect); return { issued: kept.issued }; },
    call: async (name = "echo") => {
      const result = await withLogin(() => client.callTool({ name, arguments: { message: "hello" } }));
      return { text: result.content[0].text, issued: kept.issued };
    },
    list: async () => {
      const { tools } = await withLogin(() => client.listTools());
      return { names: tools.map((tool) => tool.name) };
    },
    // The server no longer accepts the access token, so the client has to use its refresh token.
    expire: async () => { kept.tokens = { ...kept.tokens, access_token: kept.tokens.access_token.slice(0, -8) + "AAAAAAAA" }; },
    tokens: async () => ({ tokens: kept.tokens ?? null }),
    close: async () => { await client.close(); },
  };
}
