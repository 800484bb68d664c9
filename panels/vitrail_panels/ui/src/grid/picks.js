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

/** Whether a row can be picked: a group of the first level, or a row inside of the last one. */
export const pickable = ({ depth, folds }) => !depth || !folds;

export class Picks {
  /** @param {{changed: () => void, said: (text: string) => void}} tell */
  constructor(tell) {
    this.tell = tell;
    this.rows = new Set(); // the numbers of the picked rows, or, of `all`, of those that are left out
    this.all = false;
    this.inner = false; // whether they are rows inside of groups
    this.last = null; // {within, place} of the row that was picked last
    this.waiting = [];
    this.windows = new Map(); // path of an unfolded group, "" for none -> the numbers of its rows
    this.sources = new Map();
  }

  /** Takes up how rows are picked now; other rows are not picked, nor are all of them by another filter. */
  update({ numbers = "", space = "", kept = "" }, branches = []) {
    if (space !== this.space || (this.all && kept !== this.kept)) this.clear();
    Object.assign(this, { space, kept });
    const sources = new Map([["", numbers], ...(numbers ? branches.map((branch) => [branch.path, branch.numbers]) : [])].filter(([, source]) => source));
    if (String([...sources]) === String([...this.sources])) return;
    this.waiting = [];
    this.last = null;
    for (const [path, windows] of this.windows) {
      if (sources.get(path) === this.sources.get(path)) continue;
      windows.close();
      this.windows.delete(path);
    }
    for (const [path, source] of sources) if (!this.windows.has(path)) this.windows.set(path, this.#windows(source));
    this.sources = sources;
  }

  #windows(source) {
    return new Windows(readerOf(source), { arrived: () => this.#arrived(), failed: (text) => this.tell.said(text), ended: () => {} });
  }

  get on() {
    return this.windows.has("");
  }

  get some() {
    return this.all || this.rows.size > 0;
  }

  /** How many rows are picked, of as many as there are. */
  count(total) {
    if (!this.all) return this.rows.size;
    return total < 0 ? -1 : total - this.rows.size;
  }

  /** What names the picked rows in an address; nothing for all of them. */
  get text() {
    return (this.all && this.rows.size ? "!" : "") + spans(this.rows);
  }

  #number({ within, place }) {
    return this.windows.get(within)?.row(place)?.[0];
  }

  /** Whether the row that stands there is picked; its number is asked for where that matters. */
  has(at) {
    if (this.inner !== Boolean(at.within)) return false;
    if (!this.rows.size) return this.all;
    const number = this.#number(at);
    return number !== undefined && this.rows.has(number) !== this.all;
  }

  /** Asks which of the rows [first, stop), as they are seen, are picked. */
  lookOver(windows, first, stop) {
    const ends = new Map(); // group -> the places of its rows that are seen
    for (let row = first; row < stop; row++) {
      const { within, place } = windows.about(row);
      ends.set(within, [ends.get(within)?.[0] ?? place, place + 1]);
    }
    for (const [within, [low, high]] of ends) this.#look(within, low, high);
  }

  /** Asks for the numbers of the rows [first, stop) of a group, while some row is picked. */
  #look(within, first, stop) {
    if (this.rows.size && this.inner === Boolean(within) && !this.waiting.length) this.windows.get(within)?.want(first, stop);
  }

  #numbered(within, first, stop) {
    const found = [];
    for (let place = first; place < stop; place++) {
      const number = this.#number({ within, place });
      if (number === undefined) return null;
      found.push(number);
    }
    return found;
  }

  /** Tells the number of a row, once it is here. */
  number({ within, place }, tell) {
    const ask = () => {
      const found = this.#numbered(within, place, place + 1);
      if (found) tell(found[0]);
      return Boolean(found);
    };
    if (!ask()) this.#wait(ask, within, place, place + 1);
  }

  #wait(ask, within, first, stop) {
    this.waiting.push(ask);
    this.windows.get(within)?.want(first, stop);
  }

  #arrived() {
    this.waiting = this.waiting.filter((ask) => !ask());
    this.tell.changed();
  }

  /** Picks the rows [first, stop), or lets them go, once their numbers are here. */
  #set(within, first, stop, pick) {
    const ask = () => {
      const found = this.#numbered(within, first, stop);
      if (!found) return false;
      const more = pick === null ? this.rows.has(found[0]) === this.all : pick;
      for (const number of found) this.rows[more === this.all ? "delete" : "add"](number);
      if (this.rows.size > MOST) {
        for (const number of found) this.rows.delete(number);
        this.tell.said(`up to ${MOST.toLocaleString("en")} rows can be picked one by one; pick all, or set a filter`);
      }
      this.tell.changed();
      return true;
    };
    if (!ask()) this.#wait(ask, within, first, stop);
  }

  /** Picks a row, or lets it go; with `range` all rows from the one that was picked last. */
  toggle({ within, place }, range = false) {
    if (!this.windows.has(within)) return;
    if (this.inner !== Boolean(within)) this.clear();
    this.inner = Boolean(within);
    const from = range && this.last?.within === within ? this.last.place : place;
    const [first, stop] = [Math.min(from, place), Math.max(from, place) + 1];
    if (stop - first > MOST) return this.tell.said(`up to ${MOST.toLocaleString("en")} rows can be picked one by one; pick all, or set a filter`);
    this.#set(within, first, stop, from === place ? null : true);
    this.last = { within, place };
  }

  /** Picks all rows that the filter leaves, however many. */
  every() {
    this.clear();
    this.all = true;
    this.tell.changed();
  }

  clear() {
    this.rows.clear();
    this.all = false;
    this.inner = false;
    this.last = null;
    this.waiting = [];
    this.tell.changed();
  }

  close() {
    for (const windows of this.windows.values()) windows.close();
  }
}
