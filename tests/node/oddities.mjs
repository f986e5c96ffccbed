// What people do besides filling in one form after the other, in a real Chromium: node oddities.mjs CHROMIUM, with a plan
// as JSON on standard input. Prints one line of JSON for each case: where the browser was sent, and the pages on the way.
//
// The plan: { name, password, other: { name, password }, callback, provider, urls: { local, federated } }.
import { json } from "node:stream/consumers";
import { launch } from "./chromium.mjs";
import { startHop } from "./hop.mjs";

const plan = await json(process.stdin);
const browser = await launch(process.argv[2]);
const alice = { name: plan.name, password: plan.password };

// A browser of its own. `arrived` has the URLs by which it came to the client, whose page is empty.
// What the present case has opened.
const closes = new Set();
const open = async ({ network, ...options } = {}) => {
  const hop = network && await startHop(network);
  const context = await browser.newContext({ ...options, proxy: hop?.proxy });
  const arrived = [];
  await context.route((url) => url.href.startsWith(plan.callback), (route) => {
    arrived.push(route.request().url());
    return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>client</title>" });
  });
  closes.add(async () => {
    await context.close();
    hop?.close();
  });
  return { context, page: await context.newPage(), arrived };
};
// Waits until a page with such a URL is there, whatever comes between.
const is = async (page, part) => {
  const isThere = () => page.url().startsWith(part) || new URL(page.url()).pathname.endsWith(part);
  while (!isThere()) await page.waitForEvent("framenavigated");
  await page.waitForLoadState();
};
const fill = async (page, { name, password }) => {
  await page.fill("input[name=username], input[name=login]", name);
  await page.fill("input[name=password]", password);
};
// Sends a form, and waits for the page that comes.
const press = async (page, selector) => {
  const loaded = page.waitForEvent("load");
  await page.click(selector, { noWaitAfter: true });
  await loaded;
};
const signIn = async (page, user) => {
  await fill(page, user);
  await press(page, "button[type=submit]");
};
const toConsent = async (page, url) => {
  await page.goto(url);
  if (await page.locator("input[name=password]").count()) await signIn(page, alice);
  await is(page, "/oauth/consent");
};
const allow = async (page) => {
  await page.click("button[value=approve]", { noWaitAfter: true });
  await is(page, plan.callback);
};
// What a person sees on a page of ours.
const shown = async (page) => ({
  path: new URL(page.url()).pathname,
  title: await page.evaluate(() => document.title),
  text: (await page.innerText("body")).replace(/\s+/g, " "),
  reason: await page.locator("#reason").count() ? await page.locator("#reason").textContent() : null,
  links: await page.locator("main a").evaluateAll((links) => links.map((link) => link.href)),
  forms: await page.locator("form").count(),
});
// Clicks a button twice. The server has handled the first form when the second one is sent, but its response is lost.
const clickTwice = async (selector, url, prepare) => {
  let lost;
  const handled = new Promise((resolve) => { lost = resolve; });
  const loses = /approve|deny/.test(selector) ? "/oauth/consent" : "/oauth/login";
  const odd = await open({ network: { loses, lost } });
  await prepare(odd.page, url);
  // A person does not wait until a page has been left.
  const { x, y, width, height } = await odd.page.locator(selector).boundingBox();
  await odd.page.mouse.click(x + width / 2, y + height / 2);
  await handled;
  await odd.page.mouse.click(x + width / 2, y + height / 2);
  return odd;
};

const cases = {
  async "back to the sign-in page"() {
    const { page, arrived } = await open();
    await toConsent(page, plan.urls.local);
    await page.goBack();
    const pages = [await shown(page)];
    if (await page.locator("input[name=password]").count()) await signIn(page, alice);
    await allow(page);
    return { pages, arrived };
  },
  async "a reload of the consent page"() {
    const { page, arrived } = await open();
    await toConsent(page, plan.urls.local);
    await page.reload();
    const pages = [await shown(page)];
    await allow(page);
    return { pages, arrived };
  },
  async "a reload after Allow"() {
    const { context, page, arrived } = await open();
    // The client's page does not open.
    await context.route((url) => url.href.startsWith(plan.callback), (route) => route.fulfill({ status: 204 }));
    await toConsent(page, plan.urls.local);
    await press(page, "button[value=approve]");
    const pages = [await shown(page)];
    await page.reload();
    pages.push(await shown(page));
    return { pages, arrived };
  },
  async "a double click on Allow"() {
    const { page, arrived } = await open();
    await toConsent(page, plan.urls.local);
    await page.dblclick("button[value=approve]", { noWaitAfter: true });
    await is(page, plan.callback);
    return { pages: [], arrived };
  },
  async "a double click on Sign in"() {
    const { page, arrived } = await open();
    await page.goto(plan.urls.local);
    await fill(page, alice);
    const { x, y, width, height } = await page.locator("button.main").boundingBox();
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await is(page, "/oauth/consent");
    await allow(page);
    return { pages: [], arrived };
  },
  async "two clicks on Allow on a slow network"() {
    const { page, arrived } = await clickTwice("button[value=approve]", plan.urls.local, toConsent);
    await is(page, plan.callback);
    return { pages: [], arrived };
  },
  async "two clicks on Sign in on a slow network"() {
    const prepare = async (page, url) => {
      await page.goto(url);
      await fill(page, alice);
    };
    const { page, arrived } = await clickTwice("button.main", plan.urls.local, prepare);
    await is(page, "/oauth/consent");
    await allow(page);
    return { pages: [], arrived };
  },
  async "two clicks on Allow on a slow way to the provider"() {
    const { page, arrived } = await clickTwice("button[value=approve]", plan.urls.federated, toConsent);
    await is(page, plan.provider);
    await signIn(page, alice);
    // The provider asks for consent too.
    await page.click("button[type=submit]", { noWaitAfter: true });
    await is(page, plan.callback);
    return { pages: [], arrived };
  },
  async "an old tab of a finished login"() {
    const { context, page, arrived } = await open();
    await page.goto(plan.urls.local);
    const [signInPage, consentPage] = [await context.newPage(), await context.newPage()];
    await signInPage.goto(page.url());
    await signIn(page, alice);
    await is(page, "/oauth/consent");
    await consentPage.goto(page.url());
    await allow(page);
    await signIn(signInPage, alice);
    await press(consentPage, "button[value=approve]");
    const pages = [await shown(signInPage), await shown(consentPage)];
    return { pages, arrived };
  },
  async "the consent page in another browser"() {
    const [one, two] = [await open(), await open()];
    await toConsent(one.page, plan.urls.local);
    await two.page.goto(one.page.url());
    const pages = [await shown(two.page)];
    await allow(one.page);
    return { pages, arrived: one.arrived };
  },
  async "a browser without cookies"() {
    const { page, arrived } = await open({ network: { dropsCookies: true } });
    await page.goto(plan.urls.local);
    const pages = [await shown(page)];
    return { pages, arrived };
  },
  async "another account"() {
    const { page, arrived } = await open();
    await toConsent(page, plan.urls.local);
    const pages = [await shown(page)];
    await press(page, "button[value=another_account]");
    pages.push(await shown(page));
    await signIn(page, plan.other);
    pages.push(await shown(page));
    await allow(page);
    return { pages, arrived };
  },
  async "a wrong password, back, the right one"() {
    const { page, arrived } = await open();
    await page.goto(plan.urls.local);
    await signIn(page, { ...alice, password: "wrong" });
    const pages = [await shown(page)];
    await page.goBack();
    pages.push(await shown(page));
    await signIn(page, alice);
    await allow(page);
    return { pages, arrived };
  },
  async "Deny, back, Allow"() {
    const { page, arrived } = await open();
    await toConsent(page, plan.urls.local);
    await page.click("button[value=deny]", { noWaitAfter: true });
    await is(page, plan.callback);
    await page.goBack();
    if (await page.locator("button[value=approve]").count()) await press(page, "button[value=approve]");
    const pages = [await shown(page)];
    return { pages, arrived };
  },
  async "two clicks on Deny on a slow network"() {
    const { page, arrived } = await clickTwice("button[value=deny]", plan.urls.local, toConsent);
    await is(page, plan.callback);
    return { pages: [], arrived };
  },
  async "a reload after Deny"() {
    const { context, page } = await open();
    const arrived = [];
    // The client's page does not open.
    await context.route((url) => url.href.startsWith(plan.callback), (route) => {
      arrived.push(route.request().url());
      return route.fulfill({ status: 204 });
    });
    await toConsent(page, plan.urls.local);
    await press(page, "button[value=deny]");
    const pages = [await shown(page)];
    await page.reload();
    pages.push(await shown(page));
    return { pages, arrived };
  },
  async "a browser inside an application"() {
    const userAgent = "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
      + "Chrome/126.0.0.0 Mobile Safari/537.36";
    const without = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user", "upgrade-insecure-requests"];
    const { page, arrived } = await open({ userAgent, isMobile: true, viewport: { width: 412, height: 800 }, network: { without } });
    await toConsent(page, plan.urls.local);
    await allow(page);
    return { pages: [], arrived };
  },
};

try {
  for (const [name, run] of Object.entries(cases)) {
    const result = await run().catch((error) => ({ error: String(error.stack ?? error), pages: [], arrived: [] }));
    for (const close of closes) await close();
    closes.clear();
    process.stdout.write(JSON.stringify({ name, ...result }) + "\n");
  }
} finally {
  await browser.close();
}
