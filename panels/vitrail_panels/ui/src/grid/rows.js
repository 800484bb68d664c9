// The few rows that exist: one element for each row that is seen, moved and filled as the table scrolls.

import { html, icon } from "../dom.js";
import { nodes } from "../markup.js";
import { pickable } from "./picks.js";

const GAP_PX = 12; // around cards

let tables = 0;

export class Rows {
  /**
   * @param {HTMLElement} layer what the rows go into
   * @param {import("./columns.js").Columns} place where columns stand
   */
  constructor(layer, place) {
    this.layer = layer;
    this.place = place;
    this.pool = [];
    this.columns = [];
    this.id = `t${++tables}`;
  }

  /** Starts anew, with these columns. */
  reset(columns) {
    this.columns = columns;
    this.pool = [];
    this.layer.replaceChildren();
  }

  /** Forgets what the rows hold, so that the next `paint` fills them again. */
  forget() {
    for (const row of this.pool) row.cells = null;
  }

  #grow(count) {
    while (this.pool.length < count) {
      const offset = this.place.gutter ? 2 : 1;
      const cells = this.columns.map((column, index) =>
        html("div", { class: `cell ${column.align ?? ""}`, role: "gridcell", "aria-colindex": index + offset, id: `${this.id}r${this.pool.length}c${index}` }),
      );
      cells.forEach((cell, index) => this.covers ? this.#captioned(cell, this.columns[index]) : this.place.place(cell, index));
      const tick = this.place.gutter ? html("input", { type: "checkbox", tabindex: "-1" }) : null;
      const fold = this.place.gutter ? html("button", { class: "fold", type: "button", tabindex: "-1", hidden: true }, icon("right")) : null;
      const element = html("div", { class: "row", role: "row" }, tick && html("div", { class: "gutter", role: "gridcell", "aria-colindex": "1" }, fold, tick), cells);
      this.layer.append(element);
      this.pool.push({ element, tick, fold, slots: cells, index: -1, cells: null });
    }
    while (this.pool.length > count) this.pool.pop().element.remove();
  }

  /** A cell on a card: a picture as wide as the card, or a caption with its column's name. */
  #captioned(cell, { name, title }) {
    if (this.covers.includes(name)) cell.classList.add("cover");
    else cell.dataset.name = title;
  }

  #slot(index) {
    return this.pool[index % this.pool.length];
  }

  /** The element of a cell that is seen, or undefined. */
  cell(row, column) {
    const slot = this.pool.length ? this.#slot(row) : undefined;
    return slot?.index === row ? slot.slots[column] : undefined;
  }

  /**
   * Shows the rows from `first` on.
   *
   * @param {{first: number, count: number, total: number, top: number, height: number, beside: number, card: number}} at in
   *     rows and px; `card` is how far cards stand apart, 0 for lines of a table
   * @param {{row: (index: number) => string[]|undefined, isDraft: (index: number) => boolean}} windows
   * @param {{row: number|null, active: {row: number, column: number}|null, picks: import("./picks.js").Picks}} marked
   * @returns {boolean} whether all of them were here
   */
  paint(at, windows, marked) {
    this.#grow(at.count);
    let whole = true;
    for (let index = at.first; index < at.first + at.count; index++) {
      const slot = this.#slot(index);
      slot.element.hidden = index >= at.total;
      if (slot.element.hidden) {
        slot.index = -1;
        this.#mark(slot, -1, { row: null, active: null, picks: null });
        continue;
      }
      const line = Math.floor(index / at.beside);
      const across = at.card ? GAP_PX + (index - line * at.beside) * at.card : 0;
      slot.element.style.transform = `translate(${across}px, ${line * at.height - at.top + (at.card ? GAP_PX : 0)}px)`;
      const cells = windows.row(index);
      slot.element.classList.toggle("draft", windows.isDraft(index));
      if (slot.index !== index || slot.cells !== (cells ?? null)) this.#fill(slot, index, cells, windows.aligns(index));
      this.#mark(slot, index, marked, windows.about(index));
      whole &&= Boolean(cells);
    }
    return whole;
  }

  #fill(slot, index, cells, aligns) {
    slot.index = index;
    slot.cells = cells ?? null;
    slot.element.setAttribute("aria-rowindex", index + 2); // the head is the first
    slot.element.classList.toggle("loading", !cells);
    slot.slots.forEach((cell, column) => {
      cell.classList.toggle("right", (aligns ? aligns[column] : this.columns[column].align) === "right");
      cell.replaceChildren(...(cells ? [nodes(cells[column] ?? "")] : []));
    });
  }

  #mark(slot, index, { row, active, picks }, about) {
    slot.element.classList.toggle("odd", index % 2 === 1);
    slot.element.classList.toggle("open", index === row);
    const picked = Boolean(slot.tick && about && pickable(about) && picks?.has(about));
    slot.element.classList.toggle("picked", picked);
    slot.element.setAttribute("aria-selected", String(picked || index === row));
    slot.slots.forEach((cell, column) =>
      cell.classList.toggle("active", active?.row === index && active.column === column),
    );
    if (!slot.tick || !about) return;
    slot.tick.checked = picked;
    slot.tick.hidden = !pickable(about) || !picks.on;
    slot.tick.setAttribute("aria-label", `pick row ${index + 1}`);
    this.#foldable(slot, index, about);
  }

  #foldable({ element, fold }, index, { depth, folds, unfolded }) {
    fold.hidden = !folds;
    fold.classList.toggle("unfolded", unfolded);
    fold.setAttribute("aria-label", `${unfolded ? "fold" : "unfold"} row ${index + 1}`);
    element.style.setProperty("--depth", depth);
    element.classList.toggle("inner", depth > 0);
    for (const [name, value] of [["aria-expanded", folds ? String(unfolded) : null], ["aria-level", folds || depth ? depth + 1 : null]]) {
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
  }

  /** px that what is seen of a column needs. */
  widest(column) {
    const range = document.createRange();
    const widths = this.pool.map(({ slots }) => {
      range.selectNodeContents(slots[column]);
      return range.getBoundingClientRect().width;
    });
    return Math.max(0, ...widths);
  }

  /** The index of the row that holds an element, or -1. */
  indexOf(element) {
    const row = element.closest(".row");
    return this.pool.find((slot) => slot.element === row)?.index ?? -1;
  }
}
