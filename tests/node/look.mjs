// Visits every page in a real Chromium and checks it: node look.mjs CHROMIUM FOLDER, with a plan as JSON on standard input.
// Keeps screenshots in FOLDER, unless that is "-". Prints a line of JSON for each page and language: what axe-core, the
// layout, the network and the console have against it. Then one line for a login by keyboard, and one without script.
//
// The plan: { languages, name, password, refused: { name, password }, connected: { … }, account: { … }, callback, provider, hosts, urls }.
import { createHmac } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { json } from "node:stream/consumers";
import { launch, withPasskeys } from "./chromium.mjs";

const [executablePath, folder] = process.argv.slice(2);
const plan = await json(process.stdin);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = [320, 360, 768, 1280];
const schemes = ["light", "dark"];
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const browser = await launch(executablePath);

// Addresses to which our pages send the browser on: clients, and the provider. It stays on the page, as after the response
// 204, or because there is no application for the address.
const isOnward = (url) => url.href.startsWith(plan.callback) || url.origin === plan.provider || url.protocol === "cursor:";
const open = async (options) => {
  const context = await browser.newContext(options);
  await context.route(isOnward, (route) => route.fulfill({ status: 204 }));
  return { context, page: await context.newPage() };
};

// What is wrong with the page as it is now.
const faults = async (page) => {
  const found = [];
  const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const wide = await tooWide();
      if (wide > 0) found.push(`${colorScheme} ${width}: ${wide} pixels too wide`);
    }
    const { violations } = await page.evaluate(() => window.axe.run(document, { preload: false, resultTypes: ["violations"] }));
    for (const { id, nodes } of violations) {
      const where = nodes.map((node) => `${node.html.slice(0, 120)} (${node.failureSummary})`);
      found.push(`${colorScheme}: axe ${id}: ${where.join(" | ")}`);
    }
  }
  await page.setViewportSize({ width: 320, height: 800 });
  await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
  const wide = await tooWide();
  if (wide > 0) found.push(`text of 200 %: ${wide} pixels too wide`);
  await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
  return found;
};

const shoot = async (page, name, language) => {
  if (folder === "-") return;
  await mkdir(folder, { recursive: true });
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const path = `${folder}/${name}-${language.slice(0, 2)}-${width}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  }
};

// The code that an authenticator app makes of this key now (RFC 6238).
const codeOf = (key) => {
  const digits = [...key.replaceAll(" ", "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
  const secret = Buffer.from(digits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", secret).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
};

const visit = async (language) => {
  let { context, page } = await open({ locale: language });
  await context.addInitScript(axe);
  let [requests, complaints, finished] = [[], [], []];
  context.on("request", (request) => requests.push(request));
  context.on("requestfinished", (request) => finished.push(request));
  context.on("console", (message) => complaints.push(message.text()));
  context.on("weberror", (error) => complaints.push(String(error.error())));

  // Checks the page that is shown, and everything that happened since the last call.
  const look = async (name) => {
    await page.waitForLoadState("networkidle");
    const asked = requests.map((request) => request.url()).filter((url) => !isOnward(new URL(url)));
    const elsewhere = asked.filter((url) => !plan.hosts.includes(new URL(url).host));
    const sizes = await Promise.all(finished.filter((request) => !isOnward(new URL(request.url()))).map((request) => request.sizes()));
    // An error page says its status in the console, and an application that is not there cannot be opened.
    const heard = complaints.filter((text) => !/status of [45]\d\d|registered handler/.test(text));
    say({
      page: name, language, elsewhere, heard,
      title: await page.evaluate(() => document.title),
      lang: await page.getAttribute("html", "lang"),
      text: (await page.innerText("body")).replace(/\s+/g, " "),
      bytes: sizes.reduce((sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize, 0),
      faults: await faults(page),
    });
    await shoot(page, name, language);
    [requests, complaints, finished] = [[], [], []];
  };
  // The bytes of a page are counted from the navigation that led to it.
  const go = async (url) => {
    finished = [];
    await page.goto(url);
  };
  const press = async (selector) => {
    finished = [];
    const loaded = page.waitForEvent("load");
    await page.click(selector, { noWaitAfter: true });
    await loaded;
  };
  const signIn = async ({ name, password }) => {
    await page.fill("input[name=username]", name);
    await page.fill("input[name=password]", password);
    await press("button[type=submit]");
  };
  // A browser in which the user has signed in may not ask for the password again.
  const signInIfAsked = async () => {
    if (await page.locator("input[name=password]").count()) await signIn(plan);
  };
  const { urls } = plan;

  await go(urls.mcp);
  await page.waitForURL(/\/oauth\/connect/);
  await look("connect");
  await go(urls.authorize);
  await look("sign-in");
  await signIn({ name: plan.name, password: "wrong" });
  await look("wrong-password");
  await page.evaluate(() => { document.querySelector("input[name=csrf]").value = "x"; });
  await signIn(plan);
  await look("outdated");
  await signIn(plan);
  await look("consent");
  await press("button[value=approve]");
  await look("allowed");
  await go(urls.authorize);
  await signInIfAsked();
  await press("button[value=deny]");
  await look("denied");
  // The form is sent once more, after the cookie has gone.
  await context.clearCookies();
  finished = [];
  await page.reload();
  await look("login-over");
  await go(urls.loopback);
  await signInIfAsked();
  await look("consent-on-this-device");
  await go(urls.application);
  await signInIfAsked();
  await look("consent-application");
  await press("button[value=approve]");
  await look("allowed-application");
  // The browser still looks for the application.
  await page.close();
  page = await context.newPage();
  await context.clearCookies();
  await go(urls.authorize);
  await signIn(plan.refused);
  await look("no-access");
  await go(urls.wrong);
  await look("failure");
  await go(urls.ended);
  await look("ended");
  await context.clearCookies();
  await go(urls.connections);
  await look("connections-sign-in");
  await signIn(plan.connected);
  await look("connections");
  await press("#personal");
  await look("tokens-none");
  await press("#new-token");
  await look("token-new");
  await page.fill("input[name=name]", " ");
  await page.check("#scope-2");
  await press("button[type=submit]");
  await look("token-wrong");
  await page.fill("input[name=name]", "Nightly build of the documentation");
  await press("button[type=submit]");
  await look("token-created");
  await press("#tokens");
  await look("tokens");
  await press("form:has(input[name=action][value=end_token]) button");
  await look("tokens-ended");
  await press("#back");
  const button = (action) => `form:has(input[name=action][value=${action}]) button`;
  await press(`${button("end")} >> nth=0`);
  await look("connections-ended");
  await press(button("end_all"));
  await look("connections-end-all");
  await press("#cancel");
  await press(button("sign_out"));
  await look("signed-out");
  await context.clearCookies();
  await go(urls.account);
  await look("account-sign-in");
  await signIn(plan.account);
  await look("account");
  await page.fill("input[name=password]", plan.account.password);
  await page.fill("input[name=new_password]", "tin kettle over marsh");
  await page.fill("input[name=repeated_password]", "tin kettle over march");
  await press(button("password"));
  await look("account-passwords-differ");
  await press("#set-up");
  await look("set-up");
  await page.fill("input[name=code]", codeOf(await page.innerText("#key")));
  await page.fill("input[name=password]", plan.account.password);
  await press(button("enrol"));
  await look("recovery-codes");
  const [first, second] = await page.locator("#codes code").allInnerTexts();
  await press("#back");
  await look("account-second-factor");
  await context.clearCookies();
  await go(urls.account);
  await signIn(plan.account);
  await look("second-factor");
  await page.fill("input[name=code]", "000000");
  await press("button.main");
  await look("wrong-code");
  await page.fill("input[name=code]", first);
  await press("button.main");
  await page.fill("#code", second);
  await press(button("turn_off"));
  await look("account-turned-off");
  const devices = await withPasskeys(context, page);
  await press("#add-passkey");
  await look("passkey-add");
  await page.fill("input[name=name]", "Laptop");
  await page.fill("input[name=password]", plan.account.password);
  await press(button("prove_password"));
  await look("passkey-make");
  await devices.refuse();
  await page.click(button("add_passkey"));
  await page.waitForSelector("#passkey p:not([hidden])");
  await look("passkey-not-made");
  await devices.agree();
  await press(button("add_passkey"));
  await look("account-passkey");
  await context.clearCookies();
  await go(urls.account);
  await devices.refuse();
  await page.click("#passkey button");
  await page.waitForSelector("#passkey p:not([hidden])");
  await look("sign-in-passkey-failed");
  await devices.agree();
  await press("#passkey button");
  await press(button("remove_passkey"));
  await look("account-passkey-removed");
  await devices.close();
  await go(urls.federatedConnections);
  await look("connections-provider");
  await go(urls.federated);
  await look("consent-provider");
  await press("button[value=approve]");
  await look("provider");
  await context.close();
};

// A login without a pointer: by the keys Tab and Enter alone.
const byKeyboard = async (url) => {
  const { context, page } = await open();
  await page.goto(url);
  // Whether the focus can be seen on the way to this element, and on it.
  const reach = async (selector) => {
    for (let presses = 0; presses < 20; presses++) {
      const at = await page.evaluate((selector) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        const visible = document.activeElement === document.body || (outlineStyle !== "none" && parseInt(outlineWidth) >= 2);
        return { visible, reached: document.activeElement.matches(selector) };
      }, selector);
      if (!at.visible) return `the focus cannot be seen on the way to ${selector}`;
      if (at.reached) return selector;
      await page.keyboard.press("Tab");
    }
    return `the key Tab does not reach ${selector}`;
  };
  const reached = [];
  const reaches = async (selector) => {
    reached.push(await reach(selector));
    return reached.at(-1) === selector;
  };
  const signIn = async () => {
    if (!await reaches("input[name=username]")) return false;
    await page.keyboard.type(plan.name);
    if (!await reaches("input[name=password]")) return false;
    await page.keyboard.type(plan.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/oauth\/consent/);
    return true;
  };
  const allow = async () => {
    if (!await reaches("button[value=deny]") || !await reaches("button[value=approve]")) return false;
    await page.keyboard.press("Enter");
    await page.waitForSelector("#continue");
    return reaches("#continue");
  };
  const onward = await signIn() && await allow() ? await page.getAttribute("#continue", "href") : null;
  await context.close();
  return { keyboard: onward, reached };
};

// A login in a browser that executes no script.
const withoutScript = async (url) => {
  const { context, page } = await open({ javaScriptEnabled: false });
  await page.goto(url);
  const offered = await page.isVisible("#passkey");
  await page.fill("input[name=username]", plan.name);
  await page.fill("input[name=password]", plan.password);
  await page.click("button[type=submit]");
  await page.waitForURL(/\/oauth\/consent/);
  const left = page.waitForRequest((request) => request.url().startsWith(plan.callback));
  await page.click("button[value=approve]", { noWaitAfter: true });
  const onward = (await left).url();
  await context.close();
  return { script: onward, offered };
};

try {
  for (const language of plan.languages) await visit(language);
  say(await byKeyboard(plan.urls.authorize));
  say(await withoutScript(plan.urls.authorize));
} finally {
  await browser.close();
}
