// Several tabs of one real Chromium, each with its own login: node tabs.mjs CHROMIUM AUTHORIZE_URL…, with name and
// password on two lines of standard input. The tabs take turns, one step each. Prints the final URL of each tab, and the
// headers that the browser sent with the forms.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { launch } from "./chromium.mjs";

const [executablePath, ...urls] = process.argv.slice(2);
const [name, password] = (await text(process.stdin)).split("\n");

// The clients' callback; a loopback redirect URI may have any port.
const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>back</title>"));
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const callback = `http://127.0.0.1:${server.address().port}/callback`;

const browser = await launch(executablePath);
try {
  const context = await browser.newContext();
  const posts = [];
  context.on("request", async (request) => {
    if (request.method() !== "POST") return;
    const headers = await request.allHeaders();
    posts.push({ url: request.url(), origin: headers.origin, site: headers["sec-fetch-site"] });
  });

  const open = async (url) => {
    const address = new URL(url);
    address.searchParams.set("redirect_uri", callback);
    const page = await context.newPage();
    await page.goto(address.href);
    return page;
  };
  // A page that redirects by itself has a link with this id.
  const settled = (page) => page.waitForFunction(
    (callback) => location.href.startsWith(callback)
      || (document.readyState === "complete" && !document.querySelector("#continue")
        && (document.forms.length > 0 || document.querySelector("#reason"))),
    callback,
  );
  const step = async (page) => {
    await settled(page);
    if (page.url().startsWith(callback)) return;
    if (await page.locator("#reason").count()) throw new Error(`a dead end: ${await page.textContent("body")}`);
    const field = page.locator("input[name=username], input[name=login]");
    if (await field.count()) {
      await field.fill(name);
      await page.locator("input[name=password]").fill(password);
    }
    const approve = page.locator("button[value=approve]");
    const button = (await approve.count()) ? approve : page.locator("button[type=submit]").first();
    const before = page.url();
    await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
    await page.waitForLoadState();
    return before;
  };

  const pages = [];
  for (const url of urls) pages.push(await open(url));
  for (let turn = 0; turn < 8; turn++) {
    for (const page of pages) await step(page);
  }
  process.stdout.write(JSON.stringify({ ended: pages.map((page) => page.url()), posts }) + "\n");
} finally {
  await browser.close();
  server.close();
}
