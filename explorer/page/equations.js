// The equations: Markdown of `derive`, typeset.

const escaped = (words) => words.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const typeset = (formula, displayMode) => katex.renderToString(formula, { displayMode, throwOnError: false });
/** Signs that Markdown would take for its own have a stroke before them. */
const unmarked = (words) => words.replace(/\\([\\`*_{}[\]()#+.!|<>-])/g, "$1");
/** Formulas within a line, and the rest as text. */
const inline = (words) =>
  words.split(/\$([^$]+)\$/).map((part, i) => (i % 2 ? typeset(part, false) : escaped(unmarked(part)))).join("");

function typesetMarkdown(markdown) {
  const html = [];
  const blocks = markdown.replace(/<!--[^]*?-->/g, "").split(/```(\w*)\n([^]*?)```/);
  for (let i = 0; i < blocks.length; i += 3) {
    for (const paragraph of blocks[i].split(/\n\s*\n/).map((one) => one.trim()).filter(Boolean)) {
      const [, level, title] = paragraph.match(/^(#+) (.*)$/) ?? [];
      const tag = level ? `h${level.length + 2}` : "p";
      html.push(`<${tag}>${(title ?? paragraph).split("\n").map(inline).join("<br>")}</${tag}>`);
    }
    if (i + 2 >= blocks.length) break;
    html.push(blocks[i + 1] === "math" ? typeset(blocks[i + 2], true) : `<pre>${escaped(blocks[i + 2])}</pre>`);
  }
  return html.join("\n");
}

class Equations extends Panel {
  constructor(module) {
    super("derive", module, () => ({ study: "derive", settings: { problem: problem(["mu"]), format: "markdown" } }));
    this.picture.className = "equations";
    this.picture.tabIndex = 0;
    this.picture.setAttribute("aria-label", "equations");
    this.words.remove();
    // Equations are text: there is nothing to save but the command that writes them.
    for (const button of [...this.buttons.children].slice(2)) button.remove();
  }

  async refresh() {
    const question = this.question();
    const asked = JSON.stringify(question);
    if (asked === this.asked) return;
    this.asked = asked;
    const answer = await this.line.ask(question);
    if (!answer || this.asked !== asked) return;
    const words = text(answer.bytes);
    this.status.textContent = answer.failed ? words : "";
    this.picture.innerHTML = answer.failed ? "" : typesetMarkdown(words);
    this.command = words.match(/<!-- (.*) \(lorode [^)]*\) -->/)?.[1].replaceAll("-\\-", "--");
  }
}
