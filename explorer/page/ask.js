// Lines to the library: each is a worker of its own, so that nothing blocks the page.

const text = (bytes) => new TextDecoder().decode(bytes);

/** The library, unpacked once for all workers. */
const library = (async () => {
  const packed = Uint8Array.from(atob(document.getElementById("wasm").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
})();

const workerAddress = URL.createObjectURL(
  new Blob([document.getElementById("worker").textContent], { type: "text/javascript" }),
);

/** Milliseconds that a newer question waits for the answer to an older one before the worker is ended: the averages of the
    links that it has found are lost with it. */
const PATIENCE = 2000;

class Line {
  #worker = null;
  #running = null;
  #waiting = null;
  #timer = 0;
  #count = 0;
  #module;

  constructor(module) {
    this.#module = module;
  }

  /** Asks; resolves with { failed, bytes, took } (milliseconds), or with null when a newer question came first. */
  ask(question, onPart = () => {}) {
    this.#waiting?.resolve(null);
    return new Promise((resolve) => {
      this.#waiting = { question, onPart, resolve };
      if (!this.#running) this.#next();
      else if (!this.#timer) this.#timer = setTimeout(() => this.end(), PATIENCE);
    });
  }

  /** Ends what is running, and goes on with what waits. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#running) return;
    this.#running.resolve(null);
    this.#running = null;
    this.#worker.terminate();
    this.#worker = null;
    this.#next();
  }

  #next() {
    if (!this.#waiting) return;
    this.#running = this.#waiting;
    this.#waiting = null;
    if (!this.#worker) {
      this.#worker = new Worker(workerAddress);
      this.#worker.onmessage = ({ data }) => this.#hear(data);
      this.#worker.postMessage({ module: this.#module });
    }
    this.#running.id = ++this.#count;
    this.#worker.postMessage({ id: this.#running.id, question: this.#running.question });
  }

  #hear(answer) {
    if (answer.id !== this.#running?.id) return;
    if (answer.part) return this.#running.onPart(answer.bytes);
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#running.resolve(answer);
    this.#running = null;
    if (answer.broken) {
      this.#worker.terminate();
      this.#worker = null;
    }
    this.#next();
  }
}
