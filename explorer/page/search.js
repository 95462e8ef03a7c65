// Search and exit times: where all strengths take longer than a finger waits, a few of them first.

/** Milliseconds that an answer may take while a control is turned; the picture takes as long again. */
const BUDGET = 25;
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

  follow() {
    if (this.due) this.complete(...this.due);
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
    const begun = performance.now();
    const answer = await this.line.ask({ ...question, settings: { ...question.settings, problem: { ...problem, mu } } });
    if (!answer) return;
    if (settings !== this.timed && !answer.failed) this.pace = (performance.now() - begun) / count(mu);
    this.timed = settings;
    if (mu === problem.mu || answer.failed || this.asked !== asked) this.takes(answer, asked);
    else {
      this.show(JSON.parse(text(answer.bytes)));
      this.due = [question, asked];
    }
  }

  /** All strengths. */
  async complete(question, asked) {
    this.due = null;
    const answer = await this.whole.ask(question, (bytes) => this.show(JSON.parse(text(bytes))));
    if (!answer) return;
    this.settings = JSON.stringify(question.settings);
    this.takes(answer, asked);
  }
}
