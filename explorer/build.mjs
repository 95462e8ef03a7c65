// Makes the explorer in one file: the library deflated, KaTeX with its fonts, worker and page.
// No bundler: scripts are put one behind the other, since modules are refused on file://.
// Usage: node build.mjs LIBRARY.wasm PAGE.html
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";

const here = import.meta.dirname;
const read = (name) => readFileSync(join(here, "page", name), "utf8");
const katex = dirname(createRequire(import.meta.url).resolve("katex"));

/** KaTeX's styles with the fonts inside; browsers that run the page all read woff2. */
const styles = readFileSync(join(katex, "katex.min.css"), "utf8").replace(
  /src:url\((fonts\/[^)]+\.woff2)\)[^;}]*/g,
  (_, font) => `src:url(data:font/woff2;base64,${readFileSync(join(katex, font)).toString("base64")}) format("woff2")`,
);
const SCRIPTS = ["state.js", "python.js", "ask.js", "controls.js", "panel.js", "search.js", "map.js", "equations.js", "page.js"];
const parts = {
  STYLE: styles + read("style.css"),
  WASM: deflateRawSync(readFileSync(process.argv[2]), { level: 9 }).toString("base64"),
  WORKER: read("worker.js"),
  KATEX: readFileSync(join(katex, "katex.min.js"), "utf8"),
  PAGE: `"use strict";\n${SCRIPTS.map(read).join("\n")}`,
};
let page = read("index.html");
for (const [name, text] of Object.entries(parts)) {
  if (/<\/script|<\/style/i.test(text)) throw new Error(`${name} would end its element early`);
  page = page.replace(`/*${name}*/`, () => text);
}
const LIMIT = 3e6;
if (page.length > LIMIT) throw new Error(`${page.length} bytes, more than ${LIMIT}`);
const [, , , to] = process.argv;
mkdirSync(dirname(to), { recursive: true });
writeFileSync(to, page);
console.log(`explorer: ${page.length} bytes`);
