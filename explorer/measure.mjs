// How long the page takes from a turned control to the panels redrawn, and what grows over many turns. Prints; asserts nothing.
// Usage: node measure.mjs PAGE.html CHROMIUM [MOVES] [LINKS, with commas; "" for none]
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, executablePath, moves = "10000", links = "erf,he3,relu,tanh"] = process.argv.slice(2);
const LINKS = links.split(",").filter(Boolean);
const NEAR_ONE = "gap:0.01:0.9999:100";
const HANGS = 600_000;
/** Steps of a slider, one by one, in each row of the table. */
const STEPS = 15;

/** What the page is told to keep: defined before its own scripts run. */
function watched() {
  window.longest = 0;
  new PerformanceObserver((seen) => {
    for (const { duration } of seen.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ entryTypes: ["longtask"] });

  const picture = (panel) => document.querySelector(`#${panel} .place`);
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  window.turned = (id, value) => {
    const input = document.querySelector(id);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const settled = (panel) => !document.querySelector(`#${panel}`).classList.contains("busy");
  /** Milliseconds from the event to new pictures on the screen, in all the panels, and to the end of their work. */
  window.step = async (id, value, panels) => {
    const before = panels.map(picture);
    const begun = performance.now();
    window.turned(id, value);
    while (!panels.every((panel, i) => picture(panel) !== before[i])) await frame();
    const seen = performance.now() - begun;
    while (!panels.every(settled)) await frame();
    return [seen, performance.now() - begun];
  };
}

const number = (x) => x.toFixed(1).padStart(9);
const sorted = (times) => [...times].sort((a, b) => a - b);

/** Steps one after the other, each when everything before has come to rest. */
async function steps(page, id, values, panels) {
  const [seen, whole] = [[], []];
  for (const value of values) {
    const times = await page.evaluate(([id, value, panels]) => window.step(id, value, panels), [id, value, panels]);
    [seen, whole].forEach((all, i) => all.push(times[i]));
  }
  const middle = (times) => sorted(times)[times.length >> 1];
  return { median: middle(seen), largest: Math.max(...seen), whole: middle(whole) };
}

const rest = async (page) => {
  // A selector's handle would keep the picture that it has found.
  for (const panel of ["search", "solve"]) await page.locator(`#${panel}:not(.busy) .place`).waitFor();
};

const SETTLES = 500;
async function heap(session) {
  // Twice, with a moment between: what the first collection lets go of holds more.
  for (let i = 0; i < 2; i++) {
    await session.send("HeapProfiler.collectGarbage");
    await new Promise((done) => setTimeout(done, SETTLES));
  }
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name) => metrics.find((one) => one.name === name).value;
  return { heap: of("JSHeapUsedSize") / 1e6, nodes: of("Nodes"), listeners: of("JSEventListeners") };
}

/** Memory of all renderers with the page's workers, in MB; NaN where the system does not tell. Workers that compute answer
    no question. */
async function resident(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const size = ({ id }) => {
    try {
      return Number(readFileSync(`/proc/${id}/status`, "utf8").match(/VmRSS:\s*(\d+) kB/)[1]) / 1e3;
    } catch {
      return NaN;
    }
  };
  return processInfo.filter(({ type }) => type === "renderer").map(size).reduce((a, b) => a + b, 0);
}

async function latencies(page) {
  console.log("milliseconds from the event to both panels on the screen, median and largest of", STEPS, "and to all strengths, median");
  console.log("link".padEnd(8), "control".padEnd(28), "   median", "  largest", "      all");
  const spread = (from, to) => Array.from({ length: STEPS }, (_, i) => String(+(from + ((to - from) * i) / (STEPS - 1)).toFixed(6)));
  const rows = [
    ["mu", "0.01:0.99:100", "#control-mu-slider", spread(0.05, 0.95)],
    ["mu near 0.9999", NEAR_ONE, "#control-mu", spread(0.999, 0.9999)],
    ["angle", "0.01:0.99:100", "#control-angle-slider", spread(1, 60)],
    ["noise", "0.01:0.99:100", "#control-noise-slider", spread(0.01, 0.5)],
    ["noise, strengths to 0.9999", NEAR_ONE, "#control-noise-slider", spread(0.01, 0.5)],
  ];
  for (const link of LINKS) {
    for (const [name, strengths, control, values] of rows) {
      await page.goto(`about:blank`);
      await page.goto(`${pathToFileURL(resolve(file)).href}#${new URLSearchParams({ link, strengths, mu: name.includes("near") ? "0.998" : "0.5" })}`);
      await page.waitForSelector("body[data-ready]");
      await rest(page);
      await page.evaluate(() => { window.longest = 0; });
      const { median, largest, whole } = await steps(page, control, values, ["search", "solve"]);
      const longest = await page.evaluate(() => window.longest);
      console.log(link.padEnd(8), name.padEnd(28), number(median), number(largest), number(whole), longest ? ` longest task ${longest.toFixed(0)}` : "");
    }
  }
}

/** A finger on the slider: an event every frame, whatever the page has shown. */
async function finger(page, session) {
  console.log(`\n${moves} moves of mu, one a frame`);
  console.log("moves".padStart(7), "heap MB".padStart(9), "nodes".padStart(9), "listeners", "workers", "process MB", "ms a move", "longest task");
  const round = Math.max(1, Math.floor(Number(moves) / 10));
  for (let done = 0, pace = 0; ; done += round) {
    await rest(page);
    const { heap: size, nodes, listeners } = await heap(session);
    const [workers, memory] = [page.workers().length, await resident(page.context().browser())];
    // That of the first row is of the page's start.
    const longest = await page.evaluate(() => [window.longest, (window.longest = 0)][0]);
    console.log(String(done).padStart(7), number(size), String(nodes).padStart(9), String(listeners).padStart(9), String(workers).padStart(7), number(memory).padStart(10), number(pace), longest.toFixed(0).padStart(12));
    if (done >= Number(moves)) return;
    pace = await page.evaluate(async ([from, count]) => {
      const begun = performance.now();
      for (let i = from; i < from + count; i++) {
        window.turned("#control-mu-slider", (0.5 + 0.48 * Math.sin(i / 50)).toFixed(3));
        await new Promise(requestAnimationFrame);
      }
      return (performance.now() - begun) / count;
    }, [done, round]);
  }
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.setDefaultTimeout(HANGS);
  page.on("pageerror", (error) => console.error(error));
  await page.addInitScript(watched);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await latencies(page);
  await page.goto("about:blank");
  await page.goto(pathToFileURL(resolve(file)).href);
  await page.waitForSelector("body[data-ready]");
  await finger(page, session);
} finally {
  await browser.close();
}
