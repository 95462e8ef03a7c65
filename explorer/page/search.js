// Search and exit times: exit times alone first, of fewer strengths where all take longer than a finger waits; then the whole,
// with outcomes and laws.

/** Milliseconds that an answer may take while a control is turned; the picture takes about as long again. */
const BUDGET = 25;
/** What is asked first: exit times to less than a pixel. */
const SOON = { what: ["exit"], precision: { rtol: 1e-4 } };
/** Strengths of the first question about a link, and the fewest of any. */
const FEWEST = 11;

/** How many values a grid has, where it says so. */
const count = (grid) => Number(grid.match(/:(\d+)$/)?.[1] ?? 1);
/** The grid with at most so many values. */
const thinned = (grid, most) => (count(grid) > most ? grid.replace(/:\d+$/, `:${most}`) : grid);

class SearchPanel extends Panel {
  constructor(module, question) {
    super("search", module, question);
    /** Where the whole is computed if it takes long, and ended when the control is turned again. */
    this.whole = new Line(module);
    /** Milliseconds a strength, of these links. */
    this.pace = Infinity;
  }

  get keeper() {
    return this.whole;
  }

  async follow() {
    if (this.due) await this.complete(...this.due);
  }

  async refresh() {
    const [question, asked] = this.asks();
    if (asked === this.asked) return;
    this.asked = asked;
    this.due = null;
    this.root.classList.add("busy");
    const { problem } = question.settings;
    const [settings, links] = [question.settings, [problem.link, problem.teacher, problem.student]].map((one) => JSON.stringify(one));
    // Only the strength that is marked differs: the worker has the rest.
    if (settings === this.settings) return this.complete(question, asked);
    this.whole.end();
    if (links !== this.links) [this.links, this.pace] = [links, Infinity];
    const mu = thinned(problem.mu, Math.max(FEWEST, Math.floor(BUDGET / this.pace)));
    const first = { ...question.settings, ...SOON, problem: { ...problem, mu } };
    const answer = await this.line.ask({ ...question, settings: first });
    if (!answer) return;
    // One answer that something else held up does not make the next one coarse.
    if (settings !== this.timed && !answer.failed) this.pace = Math.min(answer.took / count(mu), 1.5 * this.pace);
    this.timed = settings;
    if (answer.failed || this.asked !== asked) this.takes(answer, asked);
    else {
      this.show(JSON.parse(text(answer.bytes)));
      this.due = [question, asked, mu === problem.mu];
    }
  }

  /** All strengths, outcomes and laws; parts of them are shown where not all strengths are drawn. */
  async complete(question, asked, isDrawn = true) {
    this.due = null;
    const settings = JSON.stringify(question.settings);
    // Another question drives out what the worker has.
    if (settings !== this.settings) this.settings = null;
    const answer = await this.whole.ask(question, (bytes) => isDrawn || this.show(JSON.parse(text(bytes))));
    if (!answer) return;
    this.settings = settings;
    this.takes(answer, asked);
  }
}
