// The equations: Markdown of `derive`, typeset.

const escaped = (words) => words.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const typeset = (formula, displayMode) => katex.renderToString(formula, { displayMode, throwOnError: false });
/** Signs that Markdown would take for its own have a stroke before them. */
const unmarked = (words) => words.replace(/\\([\\`*_{}[\]()#+.!|<>-])/g, "$1");
/** Formulas within a line, and the rest as text. */
const inline = (words) =>
  words.split(/\$([^$]+)\$/).map((part, i) => (i % 2 ? typeset(part, false) : escaped(unmarked(part)))).join("");

/** Paragraph by paragraph, since all of them take longer than a page may stand still. */
function* typesetMarkdown(markdown) {
  const blocks = markdown.split(/```(\w*)\n([^]*?)```/);
  for (let i = 0; i < blocks.length; i += 3) {
    for (const paragraph of blocks[i].split(/\n\s*\n/).map((one) => one.trim()).filter(Boolean)) {
      const [, level, title] = paragraph.match(/^(#+) (.*)$/) ?? [];
      const tag = level ? `h${level.length + 2}` : "p";
      yield `<${tag}>${(title ?? paragraph).split("\n").map(inline).join("<br>")}</${tag}>`;
    }
    if (i + 2 >= blocks.length) break;
    yield blocks[i + 1] === "math" ? `<div>${typeset(blocks[i + 2], true)}</div>` : `<pre>${escaped(blocks[i + 2])}</pre>`;
  }
}

/** Milliseconds of typesetting after which the page is given back for a moment. */
const TURN = 8;

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

  /** Equations look the same on any page. */
  asks() {
    const question = this.question();
    return [question, JSON.stringify(question)];
  }

  async refresh() {
    const [question, asked] = this.asks();
    if (asked === this.asked) return;
    this.asked = asked;
    this.root.classList.add("busy");
    const answer = await this.line.ask(question);
    if (!answer || this.asked !== asked) return;
    const words = text(answer.bytes);
    this.status.textContent = answer.failed ? words : "";
    this.command = words.match(/<!-- (.*) \(lorode [^)]*\) -->/)?.[1].replaceAll("-\\-", "--");
    await this.typeset(answer.failed ? "" : words.replace(/<!--[^]*?-->/g, ""), asked);
    if (this.asked === asked) this.root.classList.remove("busy");
  }

  /** Sets the words; those that stand there already are left alone. */
  async typeset(words, asked) {
    if (words === this.set) return;
    const shown = element("div");
    let begun = performance.now();
    for (const html of typesetMarkdown(words)) {
      shown.insertAdjacentHTML("beforeend", html);
      if (performance.now() - begun < TURN) continue;
      await pause();
      if (this.asked !== asked) return;
      begun = performance.now();
    }
    this.set = words;
    this.picture.replaceChildren(...shown.childNodes);
  }
}
