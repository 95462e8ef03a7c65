// Parses every formula of LaTeX and Markdown outputs with KaTeX; fails on the first that it refuses.
// Usage: node check.mjs FILE...
import { readFileSync } from "node:fs";
import katex from "katex";

let formulas = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const found = [];
  // Displays: align* of LaTeX, fenced math of Markdown.
  for (const [, body] of text.matchAll(/\\begin\{align\*\}\n([^]*?)\n\\end\{align\*\}/g)) {
    found.push(`\\begin{aligned}${body}\\end{aligned}`);
  }
  for (const [, body] of text.matchAll(/```math\n([^]*?)\n```/g)) found.push(body);
  const prose = text
    .replace(/\\begin\{align\*\}[^]*?\\end\{align\*\}/g, "")
    .replace(/```math[^]*?```/g, "")
    .replace(/\\\$/g, "");
  for (const [, body] of prose.matchAll(/\$([^$]+)\$/g)) found.push(body);
  if (found.length < 10) throw new Error(`${file}: only ${found.length} formulas`);
  for (const formula of found) {
    try {
      katex.renderToString(formula, { throwOnError: true, strict: "error", displayMode: true });
    } catch (error) {
      console.error(`${file}: ${error.message}\n${formula}`);
      process.exit(1);
    }
  }
  formulas += found.length;
}
console.log(`katex: ${formulas} formulas in ${process.argv.length - 2} files`);
