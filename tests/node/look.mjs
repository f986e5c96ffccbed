// Visits every page in a real Chromium, looks at it, and checks it: node look.mjs CHROMIUM FOLDER, with a plan as JSON on
// standard input. Writes screenshots to FOLDER, unless that is "-". Prints one line of JSON for each page and language:
// what axe-core, the layout, the network and the console say against it.
//
// The plan: { languages: ["en-US", …], user, password, other, tours: [{ … URLs of one language … }] }.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { json } from "node:stream/consumers";
import { chromium } from "playwright-core";

const [executablePath, folder] = process.argv.slice(2);
const plan = await json(process.stdin);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = [360, 768, 1280];
const schemes = ["light", "dark"];

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// What is wrong with the page that is shown now.
const faults = async (page) => {
  const found = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of [320, ...widths]) {
      await page.setViewportSize({ width, height: 800 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) found.push(`${colorScheme} ${width}: ${wide} pixels too wide`);
    }
    await page.evaluate(axe);
    const report = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, nodes } of report.violations) {
      found.push(`${colorScheme}: axe ${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
    }
  }
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

const tour = async (language, urls) => {
  const context = await browser.newContext({ locale: language });
  const page = await context.newPage();
  const own = new URL(urls.base).host;
  let [requests, complaints, sent] = [[], [], 0];
  context.on("console", (message) => complaints.push(message.text()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("requestfinished", async (request) => {
    requests.push(request.url());
    const { responseBodySize, responseHeadersSize } = await request.sizes();
    sent += responseBodySize + responseHeadersSize;
  });
  // Pages that send the browser on are looked at before it leaves.
  await context.route((url) => url.href.startsWith(urls.callback) || url.origin === urls.provider, (route) => route.abort());

  const look = async (name) => {
    await page.waitForLoadState("networkidle");
    const found = await faults(page);
    const elsewhere = requests.filter((url) => new URL(url).host !== own);
    // A page that is left on purpose complains that the way on was cut off.
    const heard = complaints.filter((text) => !text.includes("net::ERR_FAILED") && !/status of (4|5)\d\d/.test(text));
    await shoot(page, name, language);
    const seen = {
      page: name, language, title: await page.title(), lang: await page.getAttribute("html", "lang"),
      text: (await page.innerText("main")).replace(/\s+/g, " "),
      faults: found, elsewhere, heard, bytes: sent,
    };
    process.stdout.write(JSON.stringify(seen) + "\n");
    [requests, complaints, sent] = [[], [], 0];
  };
  const go = async (url) => {
    await page.goto(url, { waitUntil: "commit" }).catch((error) => {
      if (!String(error).includes("ERR_FAILED")) throw error;
    });
  };
  const press = async (selector) => {
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.click(selector);
    await answered;
    await page.waitForLoadState();
  };
  const signIn = async (name, password) => {
    await page.fill("input[name=username]", name);
    await page.fill("input[name=password]", password);
    await press("button[type=submit]");
  };

  await go(urls.mcp);
  await page.waitForURL(/\/oauth\/connect/);
  await look("connect");
  await go(urls.authorize[0]);
  await look("sign-in");
  await signIn(plan.user, "wrong");
  await look("wrong-password");
  await page.evaluate(() => { document.querySelector("input[name=csrf]").value = "x"; });
  await signIn(plan.user, plan.password);
  await look("outdated");
  await signIn(plan.user, plan.password);
  await look("consent");
  await press("button[value=approve]");
  await look("allowed");
  await go(urls.authorize[1]);
  if (await page.locator("input[name=password]").count()) await signIn(plan.user, plan.password);
  await press("button[value=deny]");
  await look("denied");
  await go(urls.loopback);
  if (await page.locator("input[name=password]").count()) await signIn(plan.user, plan.password);
  await look("consent-on-this-device");
  await context.clearCookies();
  await go(urls.authorize[2]);
  await signIn(plan.other, plan.password);
  await look("no-access");
  await go(urls.wrong);
  await look("failure");
  await go(urls.ended);
  await look("ended");
  await go(urls.federated);
  await look("consent-provider");
  await press("button[value=approve]");
  await look("provider");
  await context.close();
};

// A login without a pointer: the keys Tab and Enter alone.
const byKeyboard = async (url, callback) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await context.route((address) => address.href.startsWith(callback), (route) => route.abort());
  await page.goto(url);
  const reach = async (selector) => {
    for (let presses = 0; presses < 20; presses++) {
      const at = await page.evaluate((selector) => document.activeElement?.matches(selector), selector);
      if (at) {
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        return outline !== "none";
      }
      await page.keyboard.press("Tab");
    }
    return false;
  };
  const visible = [await reach("input[name=username]")];
  await page.keyboard.type(plan.user);
  visible.push(await reach("input[name=password]"));
  await page.keyboard.type(plan.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/oauth\/consent/);
  visible.push(await reach("button[value=deny]") , await reach("button[value=approve]"));
  await page.keyboard.press("Enter");
  await page.waitForSelector("#continue");
  const onward = await page.getAttribute("#continue", "href");
  await context.close();
  return { keyboard: onward, visible };
};

// A login in a browser that executes no script.
const withoutScript = async (url, callback) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await context.route((address) => address.href.startsWith(callback), (route) => route.abort());
  await page.goto(url);
  await page.fill("input[name=username]", plan.user);
  await page.fill("input[name=password]", plan.password);
  await page.click("button[type=submit]");
  await page.waitForURL(/\/oauth\/consent/);
  await page.click("button[value=approve]");
  await page.waitForSelector("#continue");
  const onward = await page.getAttribute("#continue", "href");
  await context.close();
  return { script: onward };
};

try {
  for (const [at, language] of plan.languages.entries()) await tour(language, plan.tours[at]);
  process.stdout.write(JSON.stringify(await byKeyboard(plan.keyboard, plan.callback)) + "\n");
  process.stdout.write(JSON.stringify(await withoutScript(plan.script, plan.callback)) + "\n");
} finally {
  await browser.close();
}
