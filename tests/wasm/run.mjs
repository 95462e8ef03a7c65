// Asks the same of the library in a page and of the command, and compares words and digits.
// Usage: node run.mjs PAGE.wasm LORODE
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [wasm, lorode] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(wasm));
// plotters links wasm-bindgen for a canvas that we do not use. Whatever is called from outside is an error: there is no
// clock, no thread and no file.
const outside = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  assert.match(from, /^__wbindgen/, `the page asks ${from} for ${name}`);
  (outside[from] ??= {})[name] = () => assert.fail(`the page calls ${name}`);
}
const page = (await WebAssembly.instantiate(module, outside)).exports;

function ask(study, settings) {
  const bytes = new TextEncoder().encode(JSON.stringify(settings));
  const place = page.room(bytes.length);
  new Uint8Array(page.memory.buffer, place, bytes.length).set(bytes);
  const failed = page[study]();
  const answer = new Uint8Array(page.memory.buffer, page.answer(), page.answer_length());
  const text = new TextDecoder().decode(answer);
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
];

// The page's exp and log are not those of the system and may round the other way, after which steps and the end of a run
// move a little: numbers are good to the tolerance of the integration, and a loss, which is a difference of averages of
// order 1, to their rounding.
const [DIGITS, ROUNDING] = [1e-8, 1e-15];
const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/g;
let [compared, numbers, worst] = [0, 0, 0];

function same(name, ours, theirs) {
  compared += 1;
  if (ours === theirs) return;
  assert.equal(ours.replace(NUMBER, "#"), theirs.replace(NUMBER, "#"), `${name}: the words differ`);
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
    assert.equal(ask("search_figure", settings), file("svg"));
    compared += 1;
  }
  assert.throws(() => ask("solve", { problem: { link: ["no such link"], mu: "0.5" } }), /link: /);
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`page: ${compared} answers as the command gives them; of ${numbers} numbers the worst is at ${worst.toFixed(3)} of what is allowed`);
