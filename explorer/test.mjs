// The page in Chromium: from the disk and from `lorode explore`, its numbers held against the command's.
// Usage: node test.mjs PAGE.html LORODE CHROMIUM [FOLDER for screenshots]
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, lorode, executablePath, pictures] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "lorode-explorer-"));
const PROBLEM = ["--dim", "1000", "--lr", "0.2", "--batch", "500"];
/** Nothing here is timed: this only ends a test that hangs. */
const HANGS = 240_000;

const command = (...flags) =>
  execFileSync(lorode, [...flags, "--out", folder, "--force"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;
let compared = 0;

/** What is the same but for how long it took and where it went. */
const lines = (summary) => summary.split("\n").filter((line) => line && !/^(solver|wrote|replaced)/.test(line));

/** One unit in the last digit that is shown: the page's exp and log may round the other way. */
function lastDigit(shown) {
  const [digits, exponent = "0"] = shown.split("e");
  return 10 ** (Number(exponent) - (digits.split(".")[1]?.length ?? 0));
}

function same(name, ours, theirs) {
  [ours, theirs] = [ours, theirs].map(lines);
  assert.equal(ours.length, theirs.length, `${name}: ${ours} instead of ${theirs}`);
  for (const [i, line] of ours.entries()) {
    assert.equal(line.replace(NUMBER, "#").replace(/ +/g, " "), theirs[i].replace(NUMBER, "#").replace(/ +/g, " "), name);
    const expected = theirs[i].match(NUMBER) ?? [];
    for (const [k, shown] of (line.match(NUMBER) ?? []).entries()) {
      const [value, wanted] = [Number(shown), Number(expected[k])];
      // Runs are good to 1e-8, a loss to the rounding of averages of order 1.
      const allowed = 1.01 * lastDigit(expected[k]) + 1e-8 * Math.abs(wanted) + 1e-15;
      assert.ok(Math.abs(value - wanted) <= allowed, `${name}: ${shown} in the page, ${expected[k]} by the command: ${line}`);
      compared += 1;
    }
  }
}

async function opened(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.setDefaultTimeout(HANGS);
  page.on("console", (said) => assert.notEqual(said.type(), "error", said.text()));
  page.on("pageerror", (error) => assert.fail(error));
  let asked = 0;
  page.on("request", (request) => {
    if (/^(data|blob):/.test(request.url())) return;
    asked += 1;
    assert.ok(asked === 1, `the page fetches ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForSelector("body[data-ready]");
  return page;
}

const words = (page, panel) => page.locator(`#${panel} pre`).textContent();
const idle = (page, panel) => page.waitForSelector(`#${panel}:not(.busy)`);
async function set(page, id, value) {
  await page.locator(id).fill(value);
}

async function looksAt(page) {
  // The smallest work first: four seeds, a map of search times.
  await set(page, "[name=seeds]", "4");
  await page.locator("[name=value]").selectOption("tau");

  await set(page, "#control-mu", "0.3");
  await idle(page, "solve");
  same("solve", await words(page, "solve"), command("solve", "--link", "erf", "--mu", "0.3", ...PROBLEM));

  await set(page, "#control-link", "erf(");
  await page.waitForSelector("#control-link[aria-invalid=true]");
  const refused = spawnSync(lorode, ["solve", "--link", "erf(", "--mu", "0.3"], { encoding: "utf8" });
  const message = await page.locator("#control-link-error").textContent();
  assert.ok(refused.stderr.includes(message) && message.length > 10, `${message} is not in ${refused.stderr}`);

  // A link typed by hand, in all five panels.
  await set(page, "#control-link", "he1 + 0.1*he3");
  await page.waitForSelector("#control-link[aria-invalid=false]");
  for (const panel of ["search", "solve", "compare", "phase"]) {
    await idle(page, panel);
    await page.waitForSelector(`#${panel} .place`);
  }
  await idle(page, "derive");
  await page.waitForSelector("#derive .katex");
  assert.equal(await page.locator("#derive .katex-error").count(), 0);
  const link = ["--link", "he1 + 0.1*he3"];
  same("search", await words(page, "search"), command("search", ...link, "--mu", "0.01:0.99:99", ...PROBLEM));
  same("compare", await words(page, "compare"), command("compare", ...link, "--mu", "0.3", "--seeds", "4", ...PROBLEM));

  // A network, and back.
  await set(page, "#control-units", "2");
  await set(page, "#control-teacher-units", "2");
  await idle(page, "solve");
  await idle(page, "search");
  const units = ["--units", "2", "--teacher-units", "2"];
  same("network", await words(page, "solve"), command("solve", ...link, "--mu", "0.3", ...units, ...PROBLEM));
  same("rates", await words(page, "search"), command("search", ...link, "--mu", "0.01:0.99:99", ...units, ...PROBLEM));
  await set(page, "#control-units", "");
  await set(page, "#control-teacher-units", "");
  await idle(page, "solve");

  // The map at its finest; a click in it is the run there.
  await page.waitForFunction(() => document.querySelector("#phase pre").textContent.includes("(61)"));
  await page.waitForSelector("#phase .dot");
  // At once: the picture may just be replaced by the finer one, in the same place.
  const box = await page.evaluate(() => {
    document.querySelector("#phase").scrollIntoView();
    return document.querySelector("#phase .place").getBoundingClientRect().toJSON();
  });
  await page.mouse.click(box.x + 0.4 * box.width, box.y + 0.5 * box.height);
  const [mu, angle] = [await page.inputValue("#control-mu"), await page.inputValue("#control-angle")];
  assert.ok(mu !== "0.3" && Number(mu) > 0.1 && Number(mu) < 0.9 && Number(angle) > 5, `${mu}, ${angle}`);
  await idle(page, "solve");
  same("click", await words(page, "solve"), command("solve", ...link, "--mu", mu, "--angle", angle, ...PROBLEM));
  // The address follows in its own time.
  await page.waitForFunction(([mu, angle]) => {
    const kept = new URLSearchParams(location.hash.slice(1));
    return kept.get("mu") === mu && kept.get("angle") === angle;
  }, [mu, angle]);
}

/** The address is all that a view needs. */
async function comesBack(browser, page) {
  const again = await opened(browser, page.url());
  await idle(again, "solve");
  await again.waitForSelector("#solve .place");
  same("reload", await words(again, "solve"), await words(page, "solve"));
  assert.equal(await again.inputValue("#control-link"), "he1 + 0.1*he3");
  await again.close();
}

async function photographed(page) {
  for (const width of [1400, 400]) {
    await page.setViewportSize({ width, height: 1000 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels wide on a screen of ${width}`);
    if (!pictures) continue;
    // What is out of sight is not drawn.
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const panel of ["search", "solve", "compare", "phase", "derive"]) await idle(page, panel);
      await page.screenshot({ path: join(pictures, `explorer-${width}-${colorScheme}.png`), timeout: HANGS });
    }
  }
}

async function served(browser) {
  const explore = spawn(lorode, ["explore", "--no-browser"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((done) => explore.on("exit", done));
  try {
    const said = await new Promise((done) => explore.stderr.once("data", (bytes) => done(String(bytes))));
    const address = said.match(/http:\/\/127\.0\.0\.1:\d+\//)?.[0];
    assert.ok(address, said);
    const page = await opened(browser, `${address}#mu=0.7&seeds=4&value=tau`);
    await idle(page, "solve");
    await page.waitForSelector("#solve .place");
    same("served", await words(page, "solve"), command("solve", "--link", "erf", "--mu", "0.7", ...PROBLEM));
    await page.close();
  } finally {
    explore.kill("SIGINT");
  }
  assert.equal(await ended, 0);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await opened(browser, pathToFileURL(resolve(file)).href);
  await looksAt(page);
  await comesBack(browser, page);
  await photographed(page);
  await page.close();
  await served(browser);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
assert.ok(compared >= 10);
console.log(`explorer: ${compared} numbers in the page as the command gives them`);
