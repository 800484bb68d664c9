// A view as the grid knows it: its columns, how many rows it has, and those of them that are here.

import { readerOf } from "./backends.js";
import { Folds } from "./folds.js";
import { Windows } from "./windows.js";

const LOOKS = ["layout", "add", "hide", "pin", "order", "width", "height"]; // parts of a view that keep its rows

/** The view that an address stands for, without some of its parts. */
function placeOf(source, without) {
  if (!source) return "";
  const [path, query = ""] = source.split("?");
  const pairs = new URLSearchParams(query);
  for (const name of without) pairs.delete(name);
  return `${path}?${pairs}`;
}

const viewOf = (source) => placeOf(source, ["row"]);
const rowsOf = (source) => placeOf(source, ["row", "show", ...LOOKS]);
const sameNames = (columns, others) => columns.length === others.length && columns.every(({ name }, index) => name === others[index].name);

export class Sight {
  /**
   * @param {object} state what the grid is to show
   * @param {import("./backends.js").Questions} questions
   * @param {{arrived: (sight: Sight) => void, failed: (sight: Sight, message: string) => void, ended: (sight: Sight) => void}} tell
   */
  constructor(state, questions, tell) {
    const { source } = state;
    this.source = source;
    this.view = viewOf(source);
    this.rows = rowsOf(source);
    this.halted = false;
    const heard = { arrived: () => tell.arrived(this), failed: (message) => tell.failed(this, message) };
    const windows = (from, ended) => new Windows(readerOf(from, questions), { ...heard, ended });
    const ended = (rows) => this.#end(rows) && tell.ended(this);
    this.windows = new Folds(windows(source, ended), (from) => windows(from, () => {}));
    this.windows.set(state.folds);
    this.update(state);
  }

  /** Whether it is the view, of the same columns, that a state asks for. */
  shows({ source, columns }, changed) {
    return this.view === viewOf(source) && !(changed.has("columns") && !sameNames(columns, this.columns));
  }

  update({ columns, headers, total, row_height: height, cards }) {
    Object.assign(this, { columns, headers, total, height, cards: cards ?? {} });
  }

  /** Where a row of a group is seen; null for no row. */
  seen({ row, within }) {
    return row === null ? null : this.windows.seen(within, row);
  }

  /** Takes up how many rows there turned out to be; whether that was not known. */
  #end(rows) {
    if (this.total >= 0 && this.total <= rows) return false;
    this.ended = Math.min(this.ended ?? rows, rows);
    return true;
  }

  /** How many rows there are, or `known` where nobody said: a window past the end may be answered first. */
  count(known) {
    const { total, ended } = this;
    return (total < 0 ? (ended ?? known) : Math.min(total, ended ?? total)) + this.windows.extra;
  }
}
