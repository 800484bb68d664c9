// The head of the table: a column's name, type, own drawing and menu.

import { html, icon } from "../dom.js";
import { nodes } from "../markup.js";
import { openMenu } from "../menu.js";

const NEXT = { "": false, asc: true, desc: null }; // what a click on the title sorts by next
const SPOKEN = { "": "none", asc: "ascending", desc: "descending" };

export class Header {
  /**
   * @param {HTMLElement} row what the heads go into
   * @param {import("./columns.js").Columns} columns
   * @param {(message: object) => void} send
   */
  constructor(row, columns, send) {
    this.row = row;
    this.columns = columns;
    this.send = send;
    this.cells = new Map();
  }

  draw(headers) {
    const focused = this.row.getRootNode().activeElement;
    const kept = focused && this.row.contains(focused) ? [focused.closest(".head").dataset.column, focused.className] : null;
    const shape = JSON.stringify(this.columns.all);
    if (shape !== this.shape) {
      this.shape = shape;
      this.cells = new Map(this.columns.all.map((column, index) => [column.name, this.#head(column, index)]));
      this.row.replaceChildren(...this.cells.values());
      if (kept) this.cells.get(kept[0])?.getElementsByClassName(kept[1])[0]?.focus();
    }
    for (const [name, cell] of this.cells) this.#draw(cell.querySelector(".own"), headers[name] ?? "");
  }

  #draw(own, markup) {
    if (own.markup === markup) return;
    own.markup = markup;
    own.replaceChildren(nodes(markup));
  }

  #head(column, index) {
    const title = html(
      "button",
      { class: "title", type: "button", title: `${column.title}\nclick to sort, shift and click to sort by it too`, on: { click: (event) => this.#sort(column, event.shiftKey), keydown: (event) => this.#nudge(column, event) } },
      html("span", { class: "name", text: column.title }),
      column.sort ? icon(column.sort === "desc" ? "down" : "up") : null,
    );
    const more = html(
      "button",
      { class: "more", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `${column.title}: how it is shown and sorted`, on: { click: () => this.menu(column, more) } },
      icon("down"),
    );
    return html(
      "div",
      { class: `head ${column.align === "right" ? "right" : ""}`, role: "columnheader", "aria-colindex": index + 1, "aria-sort": SPOKEN[column.sort ?? ""], "data-column": column.name },
      html("div", { class: "line" }, title, more),
      html(
        "div",
        { class: "kind", title: column.type },
        html("span", { class: "glyph", "aria-hidden": "true", text: column.glyph }),
        html("span", { class: "type", text: column.visualizer || column.type }),
      ),
      html("div", { class: "own" }),
      this.#edge(column),
    );
  }

  #sort(column, add) {
    this.send({ type: "sort", column: column.name, descending: NEXT[column.sort ?? ""], add });
  }

  #nudge(column, event) {
    const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (!by || !event.altKey) return;
    this.columns.resize(column, this.columns.width(column) + by);
    event.preventDefault();
    event.stopPropagation();
  }

  #edge(column) {
    const drag = (start) => {
      const from = this.columns.width(column) - start.clientX;
      const edge = start.currentTarget;
      const move = (event) => this.columns.resize(column, from + event.clientX);
      edge.setPointerCapture(start.pointerId);
      edge.addEventListener("pointermove", move);
      edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", move), { once: true });
      start.preventDefault();
    };
    return html("div", { class: "edge", "aria-hidden": "true", title: "drag to make the column wider (alt and arrows on its title)", on: { pointerdown: drag } });
  }

  /** What a column offers beside what every column does: to sort by an expression, or to filter by one. */
  #offers({ offers = [] }) {
    if (!offers.length) return [];
    const said = ({ by, text, descending }) => (by ? { type: "sort", column: by, descending, add: false } : { type: "quick", text });
    const drawn = ({ by, descending }) => (by ? (descending ? "down" : "up") : "filter");
    return ["-", ...offers.map((offer) => ({ label: offer.label, icon: drawn(offer), choose: () => this.send(said(offer)) }))];
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
      { heading: `Show ${column.type} as` },
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
      { label: "Do not sort", icon: "close", disabled: !sorted, choose: sort(null) },
      ...this.#offers(column),
      ...(column.still ? [] : ["-", { label: "Group by this column", icon: "group", choose: () => this.send({ type: "group", column: column.name }) }]),
    ]);
  }
}
