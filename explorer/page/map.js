// The phase map: drawn coarse, then finer, and a place in it becomes the run that is looked at.

/** Cells along both axes, drawing after drawing. */
const FINENESS = [[9, 6], [25, 21], [61, 41]];

const axisName = (axis) => axis.split("=")[0].trim();

/** The value of an axis that is nearest to the one in force; -1 where that is no number. */
function nearest({ name, values }) {
  const away = values.map((value) => Math.abs(value - Number(state[name] || usual[name])));
  return away.indexOf(Math.min(...away));
}

class MapPanel extends Panel {
  level = 0;

  constructor(module, moved) {
    super("phase", module, () => this.cells(this.level));
    this.moved = moved;
    this.picture.classList.add("map");
    this.picture.tabIndex = 0;
    this.picture.setAttribute("role", "group");
    this.picture.setAttribute("aria-label", "Phase map: click a place, or move with the arrow keys, to see its run");
    this.picture.addEventListener("click", (event) => this.click(event));
    this.picture.addEventListener("keydown", (event) => this.key(event));
  }

  /** The map of this fineness. */
  cells(level) {
    const [columns, rows] = FINENESS[level];
    const given = problem([axisName(state.x), axisName(state.y)]);
    const settings = { problem: given, x: `${state.x}:${columns}`, y: `${state.y}:${rows}`, value: state.value };
    return { study: "phase", settings };
  }

  /** Marks the place of the run that is looked at. */
  drawn() {
    this.picture.querySelector(".dot")?.remove();
    const frame = this.shown?.frames?.[0];
    if (!frame || !this.shown.y) return;
    const [left, up] = [this.shown.x, this.shown.y].map((axis) => (nearest(axis) + 0.5) / axis.values.length);
    if (!(left >= 0 && up >= 0)) return;
    const dot = element("span", { className: "dot" });
    dot.style.left = `${100 * (frame[0] + left * frame[2])}%`;
    dot.style.top = `${100 * (frame[1] + (1 - up) * frame[3])}%`;
    this.picture.querySelector(".place")?.append(dot);
  }

  /** Only a change of more than its fineness is one; another run that is looked at has another place in it. */
  await() {
    const coarse = JSON.stringify(this.cells(0));
    if (coarse === this.begun) {
      this.drawn();
      return;
    }
    this.begun = null;
    super.await();
  }

  /** Begins again with the coarsest map where anything but its fineness has changed. */
  follow() {
    const coarse = JSON.stringify(this.cells(0));
    if (coarse === this.begun) return;
    this.begun = coarse;
    this.level = 0;
    this.refresh();
  }

  answered(well) {
    if (!well || this.level + 1 >= FINENESS.length) return;
    this.level += 1;
    this.refresh();
  }

  /** The cell that a place of the picture lies in. */
  click(event) {
    const box = this.picture.querySelector("svg")?.getBoundingClientRect();
    const frame = this.shown?.frames?.[0];
    if (!box || !frame) return;
    const across = ((event.clientX - box.left) / box.width - frame[0]) / frame[2];
    const up = 1 - ((event.clientY - box.top) / box.height - frame[1]) / frame[3];
    if (![across, up].every((part) => part >= 0 && part < 1)) return;
    const { x, y } = this.shown;
    this.choose(Math.floor(across * x.values.length), Math.floor(up * y.values.length));
  }

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || !this.shown) return;
    event.preventDefault();
    const { x, y } = this.shown;
    const inside = (index, { values }) => Math.min(Math.max(index, 0), values.length - 1);
    this.choose(inside(nearest(x) + step[0], x), inside(nearest(y) + step[1], y));
  }

  choose(column, row) {
    const { x, y } = this.shown;
    state[x.name] = String(x.values[column]);
    state[y.name] = String(y.values[row]);
    this.moved();
  }
}
