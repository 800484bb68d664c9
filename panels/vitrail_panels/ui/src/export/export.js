// A page in one file: the grid over rows that are in the page, with no server and no network.

import Drawer from "../drawer.js";
import Drawing from "../drawing.js";
import Grid from "../grid/grid.js";
import "../picture/picture.js";
import "../shell/shell.js";
import { lend } from "../address.js";
import { count, html } from "../dom.js";
import { filtersOf } from "./filters.js";
import { Part } from "../part.js";
import { Rows } from "./rows.js";

const WAIT_MS = 120;

class Page {
  constructor(file) {
    this.file = file;
    this.rows = new Rows(file);
    this.open = null; // the place of the row whose detail is seen
    this.step = 0;
    this.grid = new Part(Grid, { ...file.parts.Grid, ...this.#shown() }, (message) => this.#fromGrid(message));
    this.drawer = new Part(Drawer, file.parts.Drawer, (message) => this.#fromDrawer(message));
    this.detail = html("div", { class: "vt-fields" });
    this.status = html("output");
  }

  show(place) {
    const put = (name, ...parts) => place.querySelector(`.vt-${name}`).append(...parts);
    put("bar", filtersOf(this.file.columns, (column, filter) => this.#filter(column, filter)));
    put("stage", this.grid.element);
    put("drawer-head", this.drawer.element);
    put("drawer-body", this.detail);
    put("status", this.status);
    this.#say();
  }

  /** What the grid shows now. */
  #shown() {
    const { columns, headers, row_height } = this.file;
    const heads = columns.map(({ values, ...column }) => ({ ...column, still: true, sortable: Boolean(values), sort: this.rows.sorted(column.name) }));
    return { columns: heads, headers, row_height, total: this.rows.order.length, source: `message:?step=${this.step}`, row: this.open };
  }

  #changed() {
    this.step++;
    this.#look(null);
    this.grid.set(this.#shown());
    this.#say();
  }

  #say() {
    const [kept, held] = [this.rows.order.length, this.file.rows.length];
    this.status.textContent = kept === held ? `${count(held)} rows` : `${count(kept)} of ${count(held)} rows`;
  }

  #filter(column, filter) {
    this.rows.filter(column, filter);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#changed(), WAIT_MS);
  }

  #fromGrid(message) {
    const { type, ask, start, stop, column, descending, add, row } = message;
    if (type === "window") queueMicrotask(() => this.grid.say({ type, ask, text: this.rows.window(start, stop) }));
    if (type === "open") this.#look(row);
    if (type === "sort" && this.rows.values.has(column)) {
      this.rows.sort(column, descending, add);
      this.#changed();
    }
  }

  #fromDrawer({ type, by }) {
    if (type === "close" || this.open === null) return this.#look(null);
    this.#look(Math.max(0, Math.min(this.rows.order.length - 1, this.open + by)));
  }

  /** Shows one row's cells larger, its pictures with what can be toggled over them. */
  #look(row) {
    this.open = row;
    this.grid.set({ row });
    this.drawer.set({ open: row !== null, title: row === null ? "" : `row ${count(row)}`, note: `of ${count(this.rows.order.length)}` });
    this.detail.replaceChildren(...(row === null ? [] : this.#fields(this.rows.order[row])));
  }

  #fields(index) {
    return this.file.columns.flatMap(({ name, values, kind, visualizer }, place) => {
      const whole = kind === "text" && values?.[index];
      const value = whole ? html("div", { class: "vt-prose", text: whole }) : new Part(Drawing, { ...this.file.parts.Drawing, markup: enlarged(this.file.rows[index][place]), label: name }, () => {}).element;
      return [html("h3", { class: "vt-field" }, name, html("small", { text: ` ${visualizer}` })), value];
    });
  }
}

/** A cell's markup with what its pictures have where they are seen alone. */
function enlarged(markup) {
  return markup.replaceAll("<vt-picture ", '<vt-picture controls="" ');
}

const textOf = (id) => document.getElementById(id).textContent;

/** The rows, which lie packed in the page. */
async function unpacked() {
  const bytes = Uint8Array.from(atob(textOf("vt-file")), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

lend(JSON.parse(textOf("vt-pictures")));
unpacked().then((file) => new Page(file).show(document.querySelector(".vt-app")));
