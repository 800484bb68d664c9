// Where a grid's rows come from: an address of a server, or whoever answers the part's own messages.

import { plain } from "../dom.js";

const BY_MESSAGE = "message:";

const failureOf = (body, status) => {
  const error = body?.error ?? `the server answered ${status}`;
  return typeof error === "string" ? error : (error.message ?? JSON.stringify(error));
};

function taken(body, chars, status = 200) {
  if (status !== 200 || body?.error) throw new Error(failureOf(body, status));
  if (!Array.isArray(body?.rows)) throw new Error("the answer has no rows");
  return { rows: body.rows, chars, draft: Boolean(body.estimated) };
}

function parsed(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    if (status === 200) throw new Error("the answer could not be read");
    return null;
  }
}

/** Asks by HTTP: `source` is the window endpoint with the view's query. */
function fetching(source) {
  return async (start, stop, exact, signal) => {
    const address = new URL(source, document.baseURI);
    address.searchParams.set("start", start);
    address.searchParams.set("stop", stop);
    if (exact) address.searchParams.set("exact", "1");
    const response = await fetch(address, { signal, headers: { Accept: "application/json" } });
    const text = await response.text();
    const status = response.ok ? 200 : response.status;
    return taken(parsed(text, status), text.length, status);
  };
}

/** Asks whoever hears what a part sends, and waits for the answer with the same number. */
export class Questions {
  /**
   * @param {(message: object) => void} send
   * @param {(heard: (message: object) => void) => void} listen
   */
  constructor(send, listen) {
    this.send = send;
    this.name = Math.random().toString(36).slice(2); // several pages may ask over one component
    this.asked = 0;
    this.waiting = new Map(); // number -> what takes the answer
    listen?.((message) => this.#answer(plain(message)));
  }

  #answer({ type, ask, text }) {
    if (type === "window") this.waiting.get(ask)?.(String(text));
  }

  /** Rows by message: the answer is the text of what the window endpoint would have answered. */
  window(source, start, stop, exact, signal) {
    const ask = `${this.name}-${++this.asked}`;
    return new Promise((resolve, reject) => {
      const end = () => {
        this.waiting.delete(ask);
        signal.removeEventListener("abort", withdraw);
      };
      const withdraw = () => {
        end();
        this.send({ type: "withdraw", ask });
        reject(new DOMException("withdrawn", "AbortError"));
      };
      this.waiting.set(ask, (text) => {
        end();
        resolve(text);
      });
      signal.addEventListener("abort", withdraw);
      this.send({ type: "window", ask, source, start, stop, exact });
    });
  }
}

function messaging(source, questions) {
  return async (start, stop, exact, signal) => {
    const text = await questions.window(source, start, stop, exact, signal);
    return taken(parsed(text, 200), text.length);
  };
}

/** What reads the rows of a view; `source` says by which way. */
export function readerOf(source, questions) {
  return source.startsWith(BY_MESSAGE) ? messaging(source, questions) : fetching(source);
}
