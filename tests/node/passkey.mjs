// A local user adds a passkey, signs out, and signs in with it, in a real Chromium with a virtual authenticator:
// node passkey.mjs CHROMIUM, with a plan as JSON on standard input. Prints what the pages said, and the URLs with which
// the browser came back to the client.
//
// The plan: { name, password, callback, urls: { account, authorize, connections } }.
import { json } from "node:stream/consumers";
import { launch, withPasskeys } from "./chromium.mjs";

const plan = await json(process.stdin);
const browser = await launch(process.argv[2]);
try {
  const context = await browser.newContext();
  const arrived = [];
  await context.route((url) => url.href.startsWith(plan.callback), (route) => {
    arrived.push(route.request().url());
    return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>client</title>" });
  });
  const page = await context.newPage();
  await withPasskeys(context, page);
  // Sends a form, and waits for the next page.
  const press = async (selector) => {
    const loaded = page.waitForEvent("load");
    await page.click(selector, { noWaitAfter: true });
    await loaded;
  };
  const button = (action) => `form:has(input[name=action][value=${action}]) button`;
  await page.goto(plan.urls.account);
  await page.fill("input[name=username]", plan.name);
  await page.fill("input[name=password]", plan.password);
  await press("button.main");
  await press("#add-passkey");
  await page.fill("input[name=name]", "Laptop");
  await page.fill("input[name=password]", plan.password);
  await press(button("prove_password"));
  await press(button("add_passkey"));
  const added = await page.innerText("body");
  await page.goto(plan.urls.connections);
  await press(button("sign_out"));
  await page.goto(plan.urls.authorize);
  const asked = new URL(page.url()).pathname;
  await press("#passkey button");
  const consent = await page.innerText("body");
  await page.click("button[value=approve]", { noWaitAfter: true });
  while (!page.url().startsWith(plan.callback)) await page.waitForEvent("framenavigated");
  process.stdout.write(JSON.stringify({ added, asked, consent, arrived }) + "\n");
} finally {
  await browser.close();
}
