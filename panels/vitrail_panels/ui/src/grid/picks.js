// Which rows are picked: by their numbers, which stay what they are however the rows are sorted.

import { readerOf } from "./backends.js";
import { Windows } from "./windows.js";

export const MOST = 2000; // rows that can be picked one by one

/** Rows as a text: "0-4,9". */
function spans(rows) {
  const found = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last?.[1] === row - 1) last[1] = row;
    else found.push([row, row]);
  }
  return found.map(([low, high]) => (high > low ? `${low}-${high}` : `${low}`)).join(",");
}

export class Picks {
  /** @param {{changed: () => void, said: (text: string) => void}} tell */
  constructor(tell) {
    this.tell = tell;
    this.rows = new Set();
    this.all = false;
    this.last = null; // index of the row that was picked last
    this.waiting = [];
  }

  /** Takes up how rows are picked now; other rows are not picked. */
  update({ numbers = "", space = "" }) {
    if (space !== this.space) this.clear();
    this.space = space;
    if (numbers === this.numbers) return;
    this.numbers = numbers;
    this.windows?.close();
    this.waiting = [];
    this.last = null;
    this.windows = numbers
      ? new Windows(readerOf(numbers), { arrived: () => this.#arrived(), failed: (text) => this.tell.said(text), ended: () => {} })
      : null;
  }

  get on() {
    return Boolean(this.windows);
  }

  get some() {
    return this.all || this.rows.size > 0;
  }

  /** How many rows are picked, of as many as there are. */
  count(total) {
    return this.all ? total : this.rows.size;
  }

  /** What names the picked rows in an address; nothing for all of them. */
  get text() {
    return this.all ? "" : spans(this.rows);
  }

  /** Whether the row that stands there is picked; its number is asked for where that matters. */
  has(index) {
    if (this.all) return true;
    if (!this.rows.size) return false;
    const number = this.windows.row(index)?.[0];
    return number !== undefined && this.rows.has(number);
  }

  /** Asks for the numbers of the rows that are seen, while some row is picked. */
  look(first, stop) {
    if (this.rows.size && this.windows && !this.waiting.length) this.windows.want(first, stop);
  }

  #numbered(first, stop) {
    const found = [];
    for (let index = first; index < stop; index++) {
      const number = this.windows.row(index)?.[0];
      if (number === undefined) return null;
      found.push(number);
    }
    return found;
  }

  /** Tells the number of a row, once it is here. */
  number(index, tell) {
    const ask = () => {
      const found = this.#numbered(index, index + 1);
      if (found) tell(found[0]);
      return Boolean(found);
    };
    if (!ask()) this.#wait(ask, index, index + 1);
  }

  #wait(ask, first, stop) {
    this.waiting.push(ask);
    this.windows.want(first, stop);
  }

  #arrived() {
    this.waiting = this.waiting.filter((ask) => !ask());
    this.tell.changed();
  }

  /** Picks the rows [first, stop), or lets them go, once their numbers are here. */
  #set(first, stop, pick) {
    const ask = () => {
      const found = this.#numbered(first, stop);
      if (!found) return false;
      const more = pick === null ? !this.rows.has(found[0]) : pick;
      for (const number of found) this.rows[more ? "add" : "delete"](number);
      if (this.rows.size > MOST) {
        for (const number of found) this.rows.delete(number);
        this.tell.said(`up to ${MOST.toLocaleString("en")} rows can be picked one by one; pick all, or set a filter`);
      }
      this.tell.changed();
      return true;
    };
    if (!ask()) this.#wait(ask, first, stop);
  }

  /** Picks a row, or lets it go; with `range` all rows from the one that was picked last. */
  toggle(index, range = false) {
    if (!this.on) return;
    if (this.all) this.clear();
    const from = range && this.last !== null ? this.last : index;
    const [first, stop] = [Math.min(from, index), Math.max(from, index) + 1];
    if (stop - first > MOST) return this.tell.said(`up to ${MOST.toLocaleString("en")} rows can be picked one by one`);
    this.#set(first, stop, from === index ? null : true);
    this.last = index;
  }

  every() {
    this.rows.clear();
    this.all = true;
    this.tell.changed();
  }

  clear() {
    this.rows.clear();
    this.all = false;
    this.last = null;
    this.waiting = [];
    this.tell.changed();
  }

  close() {
    this.windows?.close();
  }
}
