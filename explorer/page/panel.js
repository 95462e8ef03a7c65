// A panel: a question to one study, its figure and words, and buttons that repeat or keep them.

const KINDS = { svg: "image/svg+xml", pdf: "application/pdf", png: "image/png", csv: "text/csv" };

const dark = matchMedia("(prefers-color-scheme: dark)");
/** Figures on the page are as light or dark as the page; those that are saved are on white. */
const picture = () => ({ style: dark.matches ? ["dark"] : [] });

class Panel {
  constructor(name, module, question) {
    this.question = question;
    this.name = name;
    this.line = new Line(module);
    this.root = document.getElementById(name);
    this.picture = element("div", { className: "picture" });
    this.status = element("p", { className: "status" });
    this.status.setAttribute("role", "status");
    this.words = element("pre", { tabIndex: 0 });
    this.words.setAttribute("aria-label", "numbers");
    this.buttons = element("div", { className: "buttons" });
    this.root.append(this.picture, this.status, this.words, this.buttons);
    this.button("copy command", () => this.copy(this.command));
    this.button("copy Python", () => this.copy(python(this.question())));
    for (const form of Object.keys(KINDS)) this.button(form.toUpperCase(), () => this.save(form));
  }

  button(label, action) {
    const made = element("button", { type: "button", textContent: label });
    made.addEventListener("click", action);
    this.buttons.append(made);
  }

  /** The question with the look of the page, and its text. */
  asks() {
    const question = { ...this.question(), picture: picture() };
    return [question, JSON.stringify(question)];
  }

  /** Ends work that nobody waits for any more, where the question has changed; `follow` asks it. */
  await() {
    if (this.asks()[1] === this.asked) return;
    this.asked = null;
    this.line.end();
    this.root.classList.add("busy");
  }

  follow() {
    this.refresh();
  }

  /** The line whose worker has the report that is shown. */
  get keeper() {
    return this.line;
  }

  /** Asks anew where the question has changed. */
  async refresh() {
    const [question, asked] = this.asks();
    if (asked === this.asked) return;
    this.asked = asked;
    this.root.classList.add("busy");
    const answer = await this.line.ask(question, (bytes) => this.show(JSON.parse(text(bytes))));
    if (answer && this.takes(answer, asked)) this.answered?.(!answer.failed, question);
  }

  /** Shows an answer, also where another question has followed: it is newer than what is seen. Says whether it is the last. */
  takes(answer, asked) {
    const last = this.asked === asked;
    if (last) this.root.classList.remove("busy");
    if (!answer.failed) this.show(JSON.parse(text(answer.bytes)));
    else if (last) this.refuse(text(answer.bytes));
    return last;
  }

  refuse(message) {
    this.shown = null;
    this.picture.replaceChildren();
    this.words.textContent = "";
    this.status.textContent = message;
    this.said?.(message);
  }

  show(answer) {
    this.shown = answer;
    this.command = answer.command;
    this.words.textContent = answer.summary;
    this.status.textContent = [answer.incomplete, ...answer.warnings, ...answer.failures].filter(Boolean).join("; ");
    if (answer.figure) this.draw(answer.figure, answer.summary);
    this.said?.("");
  }

  /** The figure is a part of the page: as an image it would be a document of its own, which takes longer and is kept for long. */
  draw(figure, summary) {
    const place = element("span", { className: "place", innerHTML: figure });
    const drawing = place.querySelector("svg");
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", `${this.root.querySelector("h2").textContent}: ${summary.split("\n")[0]}`);
    this.picture.replaceChildren(place);
    this.drawn?.();
  }

  async copy(words) {
    await navigator.clipboard.writeText(words ?? "").catch(() => {});
    this.status.textContent = words ?? "";
  }

  async save(form) {
    if (this.root.classList.contains("busy")) return;
    const answer = await this.keeper.ask({ ...this.question(), form });
    if (!answer) return;
    if (answer.failed) {
      this.status.textContent = text(answer.bytes);
      return;
    }
    const address = URL.createObjectURL(new Blob([answer.bytes], { type: KINDS[form] }));
    element("a", { href: address, download: `${this.name}.${form}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }
}
