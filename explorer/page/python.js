// The same question in Python.

const ofPython = (value) => {
  if (Array.isArray(value)) return value.length === 1 ? ofPython(value[0]) : `[${value.map(ofPython).join(", ")}]`;
  if (typeof value === "number") return String(value);
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(value) ? value : JSON.stringify(value);
};

const inPython = (given) => Object.entries(given).map(([name, value]) => `${name}=${ofPython(value)}`).join(", ");

function python({ study, settings }) {
  const { problem: given, sampling, ...own } = settings;
  const call = {
    search: () => `lo.search(${inPython(given)})`,
    solve: () => `lo.Problem(${inPython(given)}).solve()`,
    compare: () => `lo.Problem(${inPython(given)}).compare(${inPython(sampling)})`,
    phase: () => `lo.phase(${inPython({ ...given, ...own })})`,
    derive: () => `lo.derive(${inPython(given)})`,
  }[study]();
  return `import lorode as lo\n\nresult = ${call}\n`;
}
