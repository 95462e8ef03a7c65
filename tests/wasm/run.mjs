// Asks the same of the explorer's library and of the command, and compares words and digits.
// Usage: node run.mjs LIBRARY.wasm LORODE
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [wasm, lorode] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(wasm));
// plotters links wasm-bindgen for a canvas that we do not use: whatever is called of it is an error.
let shown = 0;
const outside = { page: { clock: () => performance.now() / 1000, wants: () => 1, show: () => { shown += 1; } } };
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  if (from === "page") {
    assert.ok(name in outside.page, `the library asks the page for ${name}`);
    continue;
  }
  assert.match(from, /^__wbindgen/, `the library asks ${from} for ${name}`);
  (outside[from] ??= {})[name] = () => assert.fail(`the library calls ${name}`);
}
const library = (await WebAssembly.instantiate(module, outside)).exports;

function ask(study, settings, form = "json") {
  const bytes = new TextEncoder().encode(JSON.stringify({ study, settings, form }));
  // The memory may grow at each call.
  const place = library.room(bytes.length);
  new Uint8Array(library.memory.buffer, place, bytes.length).set(bytes);
  const failed = library.ask();
  const [start, length] = [library.answer(), library.answer_length()];
  const text = new TextDecoder().decode(new Uint8Array(library.memory.buffer, start, length));
  if (failed) throw new Error(text);
  return text;
}

const sgd = { link: ["erf"], mu: "0.5", dim: 300, batch: 30, lr: 0.1 };
const cases = [
  ["solve", { problem: { link: ["erf"], mu: "0.5" } }, ["--link", "erf", "--mu", "0.5"]],
  ["solve", { problem: { link: ["tanh"], mu: "0.4", angle: 20, nu: 0.1 }, points: 50 },
    ["--link", "tanh", "--mu", "0.4", "--angle", "20", "--nu", "0.1", "--points", "50"]],
  ["search", { problem: { link: ["erf", "relu", "he3"], mu: "0.1:0.9:9" } },
    ["--link", "erf", "--link", "relu", "--link", "he3", "--mu", "0.1:0.9:9"]],
  ["simulate", { problem: sgd, sampling: { steps: 2000, seeds: 4 } },
    ["--link", "erf", "--mu", "0.5", "--dim", "300", "--batch", "30", "--lr", "0.1", "--steps", "2000", "--seeds", "4"]],
  ["phase", { problem: { link: ["he3"] }, x: "mu=0.2:0.8:5", y: "angle=0:60:3", value: "tau" },
    ["--link", "he3", "--x", "mu=0.2:0.8:5", "--y", "angle=0:60:3", "--value", "tau"]],
];

// The page's exp and log are not those of the system and may round the other way, after which steps and the end of a run
// move a little: numbers are good to the tolerance of the integration, and a loss, which is a difference of averages of
// order 1, to their rounding.
const [DIGITS, ROUNDING] = [1e-8, 1e-15];
const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;
let [compared, numbers, worst] = [0, 0, 0];

// How many steps the integration took is not what it found.
const found = (text) => text.replace(/"solver":\s*\{[^}]*\}/, '"solver"');

function same(name, page, command) {
  const [ours, theirs] = [page, command].map(found);
  compared += 1;
  if (ours === theirs) return;
  // The command breaks lines of a matrix elsewhere.
  const words = (text) => text.replace(NUMBER, "#").replace(/\s+/g, "");
  assert.ok(words(ours) === words(theirs), `${name}: the words differ`);
  const expected = theirs.match(NUMBER).map(Number);
  for (const [i, number] of ours.match(NUMBER).map(Number).entries()) {
    const [difference, size] = [Math.abs(number - expected[i]), Math.abs(expected[i])];
    numbers += 1;
    worst = Math.max(worst, difference / (DIGITS * size + ROUNDING));
    assert.ok(worst <= 1, `${name}, number ${i}: ${number} in the page, ${expected[i]} by the command`);
  }
}

const folder = mkdtempSync(join(tmpdir(), "lorode-page-"));
try {
  for (const [study, settings, flags] of cases) {
    execFileSync(lorode, [study, ...flags, "--out", folder, "--force"], { stdio: ["ignore", "ignore", "inherit"] });
    const file = (ending) => readFileSync(join(folder, `${study}.${ending}`), "utf8");
    same(`${study}.json`, ask(study, settings), file("json"));
    if (study !== "search") continue;
    // Points of a picture are rounded to an eighth of a pixel: every byte is the same.
    assert.equal(ask(study, settings, "svg"), file("svg"));
    compared += 1;
  }
  // What the page is shown while the work goes on, and what it shows.
  const page = JSON.parse(ask("search", { problem: { link: ["erf"], mu: "0.1:0.9:9" } }, "shown"));
  assert.ok(shown > 0 && page.figure.startsWith("<svg") && page.incomplete === null);
  assert.match(page.command, /^lorode search --link erf --mu 0.1:0.9:9$/);
  const known = JSON.parse(ask("controls"));
  assert.ok(known.links.includes("erf") && known.controls.some(({ name }) => name === "mu"));
  assert.match(ask("derive", { problem: { link: ["erf"] }, format: "markdown" }), /```math/);
  assert.throws(() => ask("nothing"), /there is no study 'nothing' here/);
  assert.throws(() => ask("solve", { problem: { link: ["no such link"], mu: "0.5" } }), /link: /);
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`page: ${compared} answers as the command gives them; of ${numbers} numbers the worst is at ${worst.toFixed(3)} of what is allowed`);
