// One study at a time: a question in, answers out. The library is asked synchronously; who has no use for an answer any
// more ends the whole worker.
"use strict";
let library;
let id = 0;
let shown = 0;

/** Milliseconds between two looks at work that goes on. */
const LOOK = 400;

const read = () => new Uint8Array(library.memory.buffer, library.answer(), library.answer_length()).slice();

const page = {
  clock: () => performance.now() / 1000,
  wants: () => Number(performance.now() - shown > LOOK),
  show: () => {
    postMessage({ id, part: true, bytes: read() });
    shown = performance.now();
  },
};

async function begin(module) {
  const outside = { page };
  // plotters links wasm-bindgen for a canvas that is never drawn on.
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === "page") continue;
    (outside[from] ??= {})[name] = () => { throw new Error(`the library calls ${name}`); };
  }
  library = (await WebAssembly.instantiate(module, outside)).exports;
}

let begun;
onmessage = async ({ data }) => {
  if (data.module) {
    begun = begin(data.module);
    return;
  }
  await begun;
  id = data.id;
  shown = performance.now();
  const question = new TextEncoder().encode(JSON.stringify(data.question));
  try {
    const place = library.room(question.length);
    new Uint8Array(library.memory.buffer, place, question.length).set(question);
    const since = performance.now();
    const failed = library.ask();
    postMessage({ id, failed: failed !== 0, bytes: read(), took: performance.now() - since });
  } catch (error) {
    // After a trap the library's memory is not to be trusted: the page takes a new worker.
    postMessage({ id, failed: true, broken: true, bytes: new TextEncoder().encode(String(error)) });
  }
};
