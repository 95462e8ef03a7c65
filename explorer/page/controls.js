// The controls of the problem, in the library's words.

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

/** Controls that are always in view; the others are folded away. */
const FIRST = ["link", "mu", "angle", "adapter", "units", "teacher-units", "rank", "noise", "dim", "lr", "batch"];
/** Fields with a slider beside them: lowest, highest, step. */
const SLIDERS = { mu: [0.01, 0.99, 0.005], angle: [0, 90, 1], noise: [0, 1, 0.01] };

function field(known, { name, symbol, about, unit, usual, is_truth: isTruth }, changed) {
  const id = `control-${name}`;
  const label = symbol && symbol !== name ? `${name} ${symbol}` : name;
  const typed = () => element("input", { type: isTruth ? "checkbox" : "text", autocomplete: "off", spellcheck: false });
  const input = name === "adapter" ? element("select") : typed();
  Object.assign(input, { id, name });
  if (name === "adapter") input.append(...known.adapters.map((word) => element("option", { value: word, textContent: word })));
  if (usual && name !== "adapter") input.placeholder = usual;
  if (["link", "teacher", "student"].includes(name)) input.setAttribute("list", "links");
  const error = element("p", { className: "error", id: `${id}-error` });
  error.setAttribute("role", "status");
  const hint = element("small", { id: `${id}-about`, textContent: unit ? `${about} [${unit}]` : about });
  input.setAttribute("aria-describedby", `${id}-about ${id}-error`);
  const made = element("div", {}, element("label", {}, element("span", { textContent: label }), input, hint));
  const take = (value) => {
    state[name] = value;
    showState();
    changed();
  };
  input.addEventListener("input", () => take(isTruth ? (input.checked ? "true" : "") : input.value));
  if (SLIDERS[name]) {
    const [min, max, step] = SLIDERS[name];
    const slider = element("input", { type: "range", min, max, step, id: `${id}-slider` });
    slider.setAttribute("aria-label", `${label}, slider`);
    slider.addEventListener("input", () => take(slider.value));
    made.append(slider);
  }
  made.append(error);
  return made;
}

function makeControls(known, changed) {
  document.getElementById("links").append(...known.links.map((value) => element("option", { value })));
  const form = document.getElementById("controls");
  form.addEventListener("submit", (event) => event.preventDefault());
  const fields = (wanted) => known.controls.filter(wanted).map((control) => field(known, control, changed));
  const more = element("div", {}, ...fields(({ name }) => !FIRST.includes(name)));
  form.append(
    ...fields(({ name }) => FIRST.includes(name)),
    element("details", {}, element("summary", { textContent: "more" }), more),
  );
}

/** Puts the state into every field that is not being typed in. */
function showState() {
  for (const input of document.querySelectorAll("input[name], select[name]")) {
    const value = state[input.name] ?? "";
    if (input.type === "checkbox") {
      input.checked = value === "true";
      continue;
    }
    const shown = input.tagName === "SELECT" && value === "" ? input.options[0]?.value : value;
    if (input.value !== shown) input.value = shown;
    const slider = document.getElementById(`${input.id}-slider`);
    if (slider) slider.value = value || 0;
  }
}

/** Shows a refusal under the field that it names; says whether there is one. */
function showError(message) {
  let found = false;
  for (const error of document.querySelectorAll("#controls .error")) {
    const input = document.getElementById(error.id.replace("-error", ""));
    const own = message !== "" && !found && (message + " ").match(/^[a-z0-9-]+/)?.[0] === input.name;
    found ||= own;
    error.textContent = own ? message : "";
    input.setAttribute("aria-invalid", String(own));
    if (own) input.closest("details")?.setAttribute("open", "");
  }
  return found;
}
