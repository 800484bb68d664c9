// The active cell, and what can be done with a row: open it, unfold it, pick it, copy from it.

import { pickable } from "./picks.js";

export class Cursor {
  /** @param {object} grid the grid whose rows are meant */
  constructor(grid) {
    this.grid = grid;
    this.at = null; // {row, column} as they are seen
  }

  #about(row) {
    return this.grid.shown.windows.about(row);
  }

  /** Makes a row active, in the column of what was touched or the one that is active. */
  put(row, target) {
    const place = target?.closest(".cell")?.getAttribute("aria-colindex");
    this.at = { row, column: place ? this.grid.columns.indexOf(place) : (this.at?.column ?? 0) };
  }

  /** Goes to a cell, or as far as there are cells. */
  go([row, column]) {
    const { measures, columns } = this.grid;
    if (measures.total === 0) return;
    const inside = (place, count) => Math.max(0, Math.min(count - 1, place));
    this.at = { row: inside(row, measures.total), column: inside(column, columns.all.length) };
    measures.reveal(this.at);
    this.grid.draw();
  }

  open(row, target) {
    const { shown, next, send } = this.grid;
    if (row < 0 || next || !shown.windows.row(row)) return;
    this.put(row, target);
    const { place, within } = this.#about(row);
    send({ type: "open", row: place, ...(within ? { within } : {}) });
    this.grid.draw();
  }

  /** Shows what is inside of a group, or hides it again. */
  fold(row) {
    const { path, folds, unfolded } = this.#about(row);
    if (folds && !this.grid.next) this.grid.send({ type: "unfold", path, opens: !unfolded });
  }

  /** Unfolds the active row, or folds it, where that changes anything; whether there is an active row that is so. */
  turn(opens) {
    if (!this.at || opens === this.#about(this.at.row).unfolded) return false;
    this.fold(this.at.row);
    return true;
  }

  pick(row, range) {
    const about = this.#about(row);
    if (pickable(about)) this.grid.picks.toggle(about, range);
  }

  /** Copies the picked rows, or the cell that is active. */
  copy() {
    const { picks, bar, columns } = this.grid;
    if (picks.some) return bar.copy();
    const about = this.at && this.#about(this.at.row);
    if (!about || about.depth) return;
    const { name } = columns.all[this.at.column];
    picks.number(about, (rows) => bar.copy(bar.address("tsv", { rows, only: name, bare: 1 }), "Cell copied"));
  }
}
