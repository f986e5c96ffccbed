// A forward proxy between a browser and the servers that it opens, for what a real network and other browsers do.
import { createServer, request as send } from "node:http";

/**
 * Starts it. `without`: names of request headers that it removes. `dropsCookies`: it removes every `Set-Cookie`. `loses`: a
 * path; it does not pass on the response to the first POST there, which the server has then handled, and calls `lost`.
 */
export const startHop = async ({ without = [], dropsCookies = false, loses, lost = () => {} } = {}) => {
  let mayLose = loses !== undefined;
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url);
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !without.includes(name)));
    const loseThis = mayLose && incoming.method === "POST" && url.pathname === loses;
    if (loseThis) mayLose = false;
    const onward = send(url, { method: incoming.method, headers, agent: false }, (answer) => {
      if (loseThis) {
        answer.resume();
        answer.on("end", lost);
        return;
      }
      const { "set-cookie": cookies, ...others } = answer.headers;
      outgoing.writeHead(answer.statusCode, cookies && !dropsCookies ? { ...others, "set-cookie": cookies } : others);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    // Chromium sends requests to this machine to a proxy only if it is told so.
    proxy: { server: `http://127.0.0.1:${server.address().port}`, bypass: "<-loopback>" },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
