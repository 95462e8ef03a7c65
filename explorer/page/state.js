// What is looked at, as texts by name: the controls show it, the address keeps it.

const START = {
  link: "erf", mu: "0.5", dim: "1000", lr: "0.2", batch: "500",
  strengths: "0.01:0.99:99", seeds: "16", x: "mu=0.02:0.98", y: "angle=0:80", value: "exit_time",
};

/** What of the state is not a parameter of the problem. */
const OF_PAGE = ["strengths", "seeds", "x", "y", "value"];

const state = {};
/** What is in force of a parameter that is not given, in the library's words. */
const usual = {};

function readAddress() {
  for (const name of Object.keys(state)) delete state[name];
  Object.assign(state, START, Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
}

/** Writes the state into the address; browsers refuse to do so more often than twenty times a second. */
const address = {
  OFTEN: 200,
  written: -Infinity,
  timer: 0,
  write() {
    if (this.timer) return;
    const wait = Math.max(0, this.written + this.OFTEN - performance.now());
    if (wait > 0) this.timer = setTimeout(() => this.now(), wait);
    else this.now();
  },
  now() {
    this.timer = 0;
    this.written = performance.now();
    const changed = Object.entries(state).filter(([name, value]) => value !== (START[name] ?? ""));
    history.replaceState(null, "", "#" + new URLSearchParams(changed));
  },
};

/** What stands in a field, one or several with semicolons between: links, letters with their values. */
const listed = (field) => (field ?? "").split(";").map((link) => link.trim()).filter(Boolean);

/** The problem as the library takes it, without what is left out. Texts that are empty are not given. */
function problem(without = [], firstLink = true) {
  const given = {};
  for (const [name, value] of Object.entries(state)) {
    if (OF_PAGE.includes(name) || without.includes(name) || value.trim() === "") continue;
    const isLink = ["link", "teacher", "student"].includes(name);
    if (value === "true") given[name] = true;
    else if (name === "set") given[name] = listed(value);
    else if (isLink) given[name] = firstLink ? listed(value).slice(0, 1) : listed(value);
    else given[name] = value.trim();
  }
  // Teacher and student stand for the link.
  if (given.teacher || given.student) delete given.link;
  return given;
}
