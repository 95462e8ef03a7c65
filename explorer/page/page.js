// The page: panels that follow the state.

/** A labelled field of a panel, bound to a name of the state. */
function own(panel, fields, changed) {
  const row = element("div", { className: "row" });
  for (const [name, label, options] of fields) {
    const input = options
      ? element("select", { name }, ...options.map((one) => element("option", { value: one.name, textContent: one.label })))
      : element("input", { name, type: "text", autocomplete: "off", spellcheck: false });
    input.addEventListener("input", () => {
      state[name] = input.value;
      changed();
    });
    row.append(element("label", {}, element("span", { textContent: label }), input));
  }
  panel.root.querySelector("h2").after(row);
}

/** Milliseconds for which a control rests before the first panel is completed and the slower ones are asked. */
const REST = 120;
/** Milliseconds for which the slower panels leave the cores to the first. */
const FIRST_ALONE = 1000;
const pause = (milliseconds = 0) => new Promise((done) => setTimeout(done, milliseconds));

async function main() {
  readAddress();
  const module = await library;
  const search = new SearchPanel(module, () => ({
    study: "search",
    settings: { problem: { ...problem(["mu"], false), mu: state.strengths } },
    chosen: Number(state.mu) || null,
  }));
  const known = await search.line.ask({ study: "controls" });
  const words = JSON.parse(text(known.bytes));
  for (const { name, usual: word } of words.controls) usual[name] = word;
  const solve = new Panel("solve", module, () => ({ study: "solve", settings: { problem: problem() } }));
  const compare = new Panel("compare", module, () => ({
    study: "compare",
    settings: { problem: problem(["nu"]), sampling: { seeds: state.seeds } },
  }));
  const equations = new Equations(module);
  // Two panels follow the finger; the others have the cores when these have answered and it rests.
  let [turns, timer] = [0, 0];
  const changed = () => {
    turns += 1;
    const turn = turns;
    clearTimeout(timer);
    address.write();
    const slower = [compare, map, equations];
    for (const panel of slower) panel.await();
    Promise.all([search.refresh(), solve.refresh()]).then(() => {
      if (turn !== turns) return;
      timer = setTimeout(async () => {
        await Promise.race([search.follow(), pause(FIRST_ALONE)]);
        if (turn === turns) slower.forEach((panel) => panel.follow());
      }, REST);
    });
  };
  const map = new MapPanel(module, () => {
    showState();
    changed();
  });
  // What the library refuses of the problem stands under its field.
  solve.said = (message) => {
    if (showError(message)) solve.status.textContent = "";
  };

  makeControls(words, changed);
  own(search, [["strengths", "strengths: start:stop:count, log:…, gap:…"]], changed);
  own(compare, [["seeds", "seeds"]], changed);
  const axis = "NAME=start:stop or NAME=log:start:stop";
  own(map, [["x", `across: ${axis}`], ["y", `up: ${axis}`], ["value", "value", words.values]], changed);
  addEventListener("hashchange", () => {
    readAddress();
    showState();
    changed();
  });
  dark.addEventListener("change", () => {
    changed();
    map.refresh();
  });
  showState();
  changed();
  document.body.dataset.ready = "true";
}

main().catch((error) => {
  document.querySelector("header").append(element("p", { className: "error", textContent: `This page cannot run here: ${error.message}` }));
});
