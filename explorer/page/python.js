// The same question in Python.

const ofPython = (value) => {
  if (Array.isArray(value)) return value.length === 1 ? ofPython(value[0]) : `[${value.map(ofPython).join(", ")}]`;
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(value) ? value : JSON.stringify(value);
};

const inPython = (given) => Object.entries(given).map(([name, value]) => `${name.replaceAll("-", "_")}=${ofPython(value)}`).join(", ");

/** What makes a problem a network, where it is not 1. */
const OF_NETWORKS = ["units", "teacher-units", "rank", "readout", "train-readout"];

function python({ study, settings }) {
  const { problem: given, sampling, ...own } = settings;
  const isNetwork = OF_NETWORKS.some((name) => name in given && given[name] !== "1");
  const made = (keys) => `lo.${isNetwork ? "Network" : "Problem"}(${inPython(keys)})`;
  const { mu, ...rest } = given;
  const call = {
    search: () => (isNetwork ? `${made(rest)}.search(${inPython({ mu })})` : `lo.search(${inPython(given)})`),
    solve: () => `${made(given)}.solve()`,
    compare: () => `${made(given)}.compare(${inPython(sampling)})`,
    phase: () => `lo.phase(${inPython({ ...given, ...own })})`,
    derive: () => `lo.derive(${inPython(given)})`,
  }[study]();
  return `import lorode as lo\n\nresult = ${call}\n`;
}
