// The head of the table: a column's name, type, own drawing and menu.

import { html, icon } from "../dom.js";
import { nodes } from "../markup.js";
import { openMenu } from "../menu.js";
import { ByBar } from "./bybar.js";
import { draggable, edge } from "./hands.js";

const MENU_GAP_PX = 24; // between a title and the button of its menu
const NEXT = { "": false, asc: true, desc: null }; // what a click on the title sorts by next
const WIDENED_MS = 300; // so that many presses of a key are one change
const PADDING_PX = 26; // of a cell, beside what is in it
const SPOKEN = { "": "none", asc: "ascending", desc: "descending" };

export class Header {
  /**
   * @param {HTMLElement} row what the heads go into
   * @param {import("./columns.js").Columns} columns
   * @param {(message: object) => void} send
   * @param {(index: number) => number} widest px that the values seen of a column need
   */
  constructor(row, columns, send, widest) {
    this.row = row;
    this.columns = columns;
    this.send = send;
    this.widest = widest;
    this.tick = html("input", { type: "checkbox", "aria-label": "pick all rows" });
    this.gutter = html("div", { class: "gutter", role: "gridcell", "aria-colindex": "1" }, this.tick);
    this.cells = new Map();
  }

  draw(headers, folds = {}) {
    this.folds = folds;
    const focused = this.row.getRootNode().activeElement;
    const kept = focused && this.row.contains(focused) ? [focused.closest(".head").dataset.column, focused.className] : null;
    const shape = JSON.stringify([this.columns.gutter, this.columns.all]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.bars = new Map();
      this.cells = new Map(this.columns.all.map((column, index) => [column.name, this.#head(column, index)]));
      this.row.replaceChildren(...(this.columns.gutter ? [this.gutter] : []), ...this.cells.values());
      if (kept) this.cells.get(kept[0])?.getElementsByClassName(kept[1])[0]?.focus();
    }
    for (const { name, brush } of this.columns.all) this.#draw(name, headers[name] ?? "", brush?.head);
  }

  #draw(name, markup, brushed) {
    const own = this.cells.get(name).querySelector(".own");
    if (own.markup === markup) return;
    own.markup = markup;
    own.replaceChildren(nodes(markup));
    this.bars.get(name).update(brushed ? own.querySelector("svg[data-steps]") : null);
  }

  #head(column, index) {
    const title = html(
      "button",
      { class: "title", type: "button", title: `${column.title}\nclick to sort, shift and click to sort by it too${column.still ? "" : "\ndrag to move it (alt, shift and arrows)"}`, on: { click: (event) => this.#sort(column, event.shiftKey), keydown: (event) => this.#nudge(column, event) } },
      html("span", { class: "name", text: column.title }),
      column.sort ? icon(column.sort === "desc" ? "down" : "up") : null,
    );
    const more = html(
      "button",
      { class: "more", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `${column.title}: how it is shown and sorted`, on: { click: () => this.menu(column, more) } },
      icon("down"),
    );
    const own = html("div", { class: "own" });
    const brushed = (stretch) => this.send({ type: "brush", column: column.name, ...stretch, side: null, row: null });
    this.bars.set(column.name, new ByBar(own, column.title, brushed, () => title.focus()));
    const head = html(
      "div",
      { class: `head ${column.align === "right" ? "right" : ""}`, role: "columnheader", "aria-colindex": index + (this.columns.gutter ? 2 : 1), "aria-sort": SPOKEN[column.sort ?? ""], "data-column": column.name },
      html("div", { class: "line" }, title, column.pinned ? html("span", { class: "pin", title: "stays at the left" }, icon("pin")) : null, more),
      html(
        "div",
        { class: "kind", title: column.ranked || column.type },
        column.ranked ? null : html("span", { class: "glyph", "aria-hidden": "true", text: column.glyph }),
        html("span", { class: column.ranked ? "type ranked" : "type", text: column.ranked || column.visualizer || column.type }),
      ),
      own,
      edge(this.columns, column, { done: (width) => this.#widen(column, width), fit: () => this.fit(column) }),
    );
    this.columns.place(head, index);
    if (!column.still) draggable(head, (before) => this.#look(column, { do: "move", before }));
    return head;
  }

  #look(column, what) {
    this.send({ type: "look", column: column.name, ...what });
  }

  /** Tells of a width that somebody chose, where somebody hears it. */
  #widen(column, width) {
    clearTimeout(this.widening);
    if (!column.still) this.widening = setTimeout(() => this.#look(column, { do: "width", width }), WIDENED_MS);
  }

  /** Makes a column as wide as what is seen of it. */
  fit(column) {
    const index = this.columns.all.indexOf(column);
    const head = this.row.querySelectorAll(".head")[index];
    const title = head.querySelector(".name").scrollWidth + head.querySelector(".more").offsetWidth + MENU_GAP_PX;
    this.#widen(column, this.columns.resize(column, Math.max(title, this.widest(index)) + PADDING_PX));
  }

  #sort(column, add) {
    this.send({ type: "sort", column: column.name, descending: NEXT[column.sort ?? ""], add });
  }

  #nudge(column, event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.altKey) return;
    if (event.shiftKey) this.#step(column, by);
    else this.#widen(column, this.columns.resize(column, this.columns.width(column) + 16 * by));
    event.preventDefault();
    event.stopPropagation();
  }

  /** Puts a column a place further. */
  #step(column, by) {
    const all = this.columns.all;
    const at = all.indexOf(column);
    if (column.still || !all[at + by]) return;
    this.#look(column, { do: "move", before: by < 0 ? all[at - 1].name : (all[at + 2]?.name ?? null) });
  }

  /** What a column offers beside what every column does: to sort by an expression, or to filter by one. */
  #offers({ offers = [] }) {
    if (!offers.length) return [];
    const said = ({ by, text, descending }) => (by ? { type: "sort", column: by, descending, add: false } : { type: "quick", text });
    const drawn = ({ by, descending }) => (by ? (descending ? "down" : "up") : "filter");
    return ["-", ...offers.map((offer) => ({ label: offer.label, note: offer.note, icon: drawn(offer), choose: () => this.send(said(offer)) }))];
  }

  /** What draws a column, where somebody is there to draw it otherwise. */
  #drawings(column) {
    if (column.still) return [];
    const drawn = (column.choices ?? []).map((name) => ({
      label: name,
      checked: name === column.visualizer,
      choose: () => this.send({ type: "choose", column: column.name, visualizer: name }),
    }));
    return [
      { heading: "Show as" },
      ...drawn,
      { label: "Settings…", icon: "settings", choose: () => this.send({ type: "settings", column: column.name }) },
      "-",
    ];
  }

  /** Opens what can be done with a column. */
  menu(column, anchor) {
    const sort = (descending) => () => this.send({ type: "sort", column: column.name, descending, add: false });
    const sorted = column.sort ?? "";
    openMenu(anchor, column.title, [
      ...this.#drawings(column),
      { label: "Sort ascending", icon: "up", note: sorted === "asc" ? "now" : "", choose: sort(false) },
      { label: "Sort descending", icon: "down", note: sorted === "desc" ? "now" : "", choose: sort(true) },
      ...(sorted ? [{ label: "Do not sort", icon: "close", choose: sort(null) }] : []),
      ...this.#offers(column),
      ...this.#asks(column),
      ...this.#nests(column),
      ...this.#places(column),
    ]);
  }

  /** What else can be asked about a column. */
  #asks(column) {
    if (column.still) return [];
    const filter = { label: "Filter by this column…", icon: "filter", choose: () => this.send({ type: "filter", column: column.name }) };
    return ["-", ...(column.filters ? [filter] : []), { label: "Group by this column", icon: "group", choose: () => this.send({ type: "group", column: column.name }) }];
  }

  /** Whether each key of the groups is a level of its own. */
  #nests(column) {
    const { nested, keys = 0 } = this.folds;
    if (column.still || keys < 2) return [];
    const label = nested ? "Group by all keys at once" : "Group level by level";
    return [{ label, icon: "group", choose: () => this.send({ type: "nest", nested: !nested }) }];
  }

  /** Where a column stands, and whether it does. */
  #places(column) {
    if (column.still) return [];
    const at = this.columns.all.indexOf(column);
    return [
      "-",
      { label: column.pinned ? "Unpin" : "Pin to the left", icon: "pin", choose: () => this.#look(column, { do: "pin", pinned: !column.pinned }) },
      { label: "Move left", icon: "left", disabled: at === 0, choose: () => this.#step(column, -1) },
      { label: "Move right", icon: "right", disabled: at === this.columns.all.length - 1, choose: () => this.#step(column, 1) },
      { label: "Fit the width", icon: "fit", choose: () => this.fit(column) },
      { label: "Usual width", icon: "reset", choose: () => this.#look(column, { do: "width", width: null }) },
      { label: "Hide", icon: "hide", disabled: this.columns.all.length === 1, choose: () => this.send({ type: "look", do: "hide", columns: [column.name] }) },
    ];
  }
}
