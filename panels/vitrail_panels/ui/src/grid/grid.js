// The virtual table: it asks for the rows that are seen and nothing more.

import { count, html, icon, plain } from "../dom.js";
import { component } from "../component.js";
import { Questions, readerOf } from "./backends.js";
import { brushable } from "./brush.js";
import { Columns, FOLD_PX, GUTTER_PX } from "./columns.js";
import { Folds } from "./folds.js";
import { Header } from "./header.js";
import { PickBar } from "./pickbar.js";
import { Picks, pickable } from "./picks.js";
import { Rows } from "./rows.js";
import { Scroll } from "./scroll.js";
import { Windows } from "./windows.js";
import { dialogCss } from "../dialog.js";
import cells from "../cells.css";
import css from "./grid.css";

const BADGE_MS = 900;
const LOOKS = ["layout", "add", "hide", "pin", "order", "width", "height"]; // parts of a view that keep its rows
const CARD_GAP_PX = 12;
const PATIENCE_MS = 2000; // before it is offered to wait no longer
const PADDING_PX = 26; // of a cell, beside what is in it

/** The view that an address stands for, without what is open and how cells are drawn. */
function placeOf(source, also) {
  const [path, query = ""] = source.split("?");
  const pairs = new URLSearchParams(query);
  for (const name of also) pairs.delete(name);
  return `${path}?${pairs}`;
}

const viewOf = (source) => placeOf(source, ["row"]);
const rowsOf = (source) => placeOf(source, ["row", "show", ...LOOKS]);

class Grid {
  constructor(root, send, listen) {
    this.send = send;
    this.questions = new Questions(send, listen);
    listen?.((message) => plain(message).type === "halt" && this.#halt());
    this.#build(root);
    this.columns = new Columns(this.table);
    this.header = new Header(this.heads, this.columns, send, (index) => this.#widest(index));
    this.rows = new Rows(this.layer, this.columns);
    this.scroll = new Scroll(this.box, () => this.#scrolled());
    this.picks = new Picks({ changed: () => this.#picked(), said: (text) => this.bar.dialog.say(text, "alert") });
    this.bar = new PickBar(root, this.picks, send);
    root.append(this.bar.element);
    this.header.tick.addEventListener("change", () => (this.header.tick.checked ? this.picks.every() : this.picks.clear()));
    this.state = null;
    this.shown = null; // the view whose rows are on screen
    this.next = null; // the view that was asked for last, until its rows are here
    this.active = null;
    this.known = 0;
    this.observer = new ResizeObserver(() => this.#measure());
    this.observer.observe(this.box);
    this.observer.observe(this.heads);
  }

  #build(root) {
    this.heads = html("div", { class: "heads", role: "row", "aria-rowindex": "1" });
    this.layer = html("div", { class: "layer", role: "rowgroup" });
    this.spacer = html("div", { class: "spacer", role: "presentation" });
    this.box = html("div", { class: "box", role: "presentation" }, html("div", { class: "content", role: "presentation" }, html("div", { class: "top", role: "rowgroup" }, this.heads), this.layer, this.spacer));
    this.failure = html("div", { class: "bar", role: "alert", hidden: true });
    const stop = html("button", { class: "button", type: "button", text: "Stop", on: { click: () => this.#halt() } });
    this.slow = html("div", { class: "bar slow", role: "status", hidden: true }, html("span", { class: "said", text: "Rows are still being read …" }), stop);
    this.empty = html("div", { class: "empty", role: "status", hidden: true });
    this.badge = html("div", { class: "badge", "aria-hidden": "true" });
    const drafts = html("div", { class: "drafts", role: "status", text: "≈ from a sample; exact values are on their way" });
    this.table = html("div", { class: "grid", role: "grid", tabindex: "0", "aria-label": "table", "aria-readonly": "true" }, this.box, this.empty, this.failure, this.slow, drafts, this.badge);
    this.table.addEventListener("keydown", (event) => this.#key(event));
    this.layer.addEventListener("click", (event) => this.#click(event));
    this.table.addEventListener("focus", () => this.#paint());
    brushable(this.table, (drawing) => this.#brushes(drawing), (brush) => this.#brush(brush));
    root.append(this.table);
  }

  update(state, changed) {
    this.state = state;
    if (changed.has("outcome")) this.bar.answered(state.outcome);
    this.picks.update(state.picking, state.folds?.branches);
    const view = state.source ? viewOf(state.source) : "";
    const latest = this.next ?? this.shown;
    if (!latest || latest.view !== view || (changed.has("columns") && !this.#sameNames(state.columns, latest.columns))) this.#ask(view);
    else {
      latest.columns = state.columns;
      latest.total = state.total;
      latest.headers = state.headers;
      latest.height = state.row_height;
      latest.cards = state.cards;
      if (changed.has("folds")) latest.windows.set(state.folds);
    }
    if (this.shown && !this.next) this.#dress();
    this.#measure();
  }

  #sameNames(columns, others) {
    return columns.length === others.length && columns.every((column, index) => column.name === others[index].name);
  }

  /** Starts to fetch a view; what is on screen stays, greyed, until its first rows are here. */
  #ask(view) {
    this.next?.windows.close();
    this.shown?.windows.close();
    const { source, columns, headers, total, row_height: height } = this.state;
    const asked = { view, rows: source ? rowsOf(source) : "", columns, headers, total, height, cards: this.state.cards };
    const tell = { arrived: () => this.#arrived(asked), failed: (message) => this.#fail(asked, message), ended: (rows) => this.#ended(asked, rows) };
    const inside = (from) => new Windows(readerOf(from, this.questions), { ...tell, ended: () => {} });
    asked.windows = new Folds(new Windows(readerOf(source, this.questions), tell), inside);
    asked.windows.set(this.state.folds);
    this.next = asked;
    this.#fail(asked, "");
    this.table.setAttribute("aria-busy", "true");
    this.table.classList.toggle("stale", Boolean(this.shown?.columns.length));
    if (!this.shown || !source || total === 0) this.#take(asked);
    else this.#wantFirst();
  }

  #wantFirst() {
    const keeps = this.next.rows === this.shown.rows;
    const first = keeps ? this.#first : 0;
    this.next.windows.want(first, first + this.#count);
    this.#watch(this.next);
  }

  #arrived(asked) {
    if (asked === this.next && asked !== this.shown) this.#take(asked);
    else if (asked === this.shown) this.#draw();
  }

  #ended(asked, rows) {
    if (asked.total >= 0 && asked.total <= rows) return;
    asked.ended = Math.min(asked.ended ?? rows, rows);
    if (asked === this.shown) this.#measure();
  }

  /** Puts a view on screen. */
  #take(asked) {
    const keeps = this.shown?.rows === asked.rows;
    this.shown = asked;
    this.next = null;
    this.known = 0;
    this.table.classList.remove("stale");
    this.columns.set(asked.columns);
    this.rows.reset(asked.columns);
    if (!keeps) {
      this.active = null;
      this.scroll.top = 0;
      this.box.scrollTop = 0;
      this.scroll.last = this.box.scrollTop;
    }
    this.#dress();
    this.#measure();
  }

  /** Draws the heads anew, and what there is to say when there are no rows. */
  #dress() {
    const { columns, headers } = this.shown;
    const covers = this.cards.covers ?? null;
    const shape = (all) => all.map(({ align, pinned }) => `${align}${pinned}`).join();
    const reshaped = shape(columns) !== shape(this.rows.columns) || String(covers) !== String(this.rows.covers);
    this.rows.covers = covers;
    const { levels } = this.shown.windows;
    const gutter = columns.length ? (this.picks.on ? GUTTER_PX : 0) + (levels ? FOLD_PX * (levels + 1) : 0) : 0;
    const { width, height: high } = this.cards;
    this.table.classList.toggle("cards", Boolean(width));
    this.table.style.setProperty("--card", `${width ?? 0}px`);
    this.table.style.setProperty("--card-high", `${high ?? 0}px`);
    this.table.setAttribute("role", levels ? "treegrid" : "grid");
    const guttered = gutter !== this.columns.gutter;
    this.columns.gutter = gutter;
    this.columns.set(columns);
    if (reshaped || guttered) this.rows.reset(columns);
    this.header.draw(headers ?? {}, this.state.folds);
    this.table.setAttribute("aria-colcount", columns.length + (gutter ? 1 : 0));
    this.table.setAttribute("aria-multiselectable", String(this.picks.on));
    this.#picked();
  }

  /** Shows which rows are picked. */
  #picked() {
    if (!this.shown) return;
    this.header.tick.checked = this.picks.all && !this.picks.rows.size;
    this.header.tick.indeterminate = this.picks.some && !this.header.tick.checked;
    this.table.classList.toggle("picking", this.picks.some);
    this.bar.update(this.state.picking, this.shown.total);
    this.#draw();
  }

  #fail(asked, message) {
    if (asked !== (this.next ?? this.shown)) return;
    this.#watch(asked);
    this.failure.hidden = !message;
    if (!message) return this.failure.replaceChildren();
    const retry = () => {
      asked.halted = false;
      asked.windows.retry();
      this.#fail(asked, "");
      if (this.next) this.#wantFirst();
      else this.#draw();
    };
    this.failure.replaceChildren(
      icon("alert"),
      html("span", { class: "said", text: message }),
      html("button", { class: "button", type: "button", text: "Try again", on: { click: retry } }),
    );
    this.table.setAttribute("aria-busy", "false");
  }

  /** Withdraws what is on its way; what is on screen stays. */
  #halt() {
    const asked = this.next ?? this.shown;
    if (!asked?.windows.waits) return;
    asked.windows.close();
    asked.halted = true;
    this.#fail(asked, "Stopped before all rows were here.");
    this.#watch(asked);
  }

  /** Offers to stop what takes long. */
  #watch(asked) {
    if (asked.windows.waits) {
      this.watching ??= setTimeout(() => (this.slow.hidden = false), PATIENCE_MS);
      return;
    }
    clearTimeout(this.watching);
    this.watching = undefined;
    this.slow.hidden = true;
  }

  // -- measures -------------------------------------------------------------------------------

  get #height() {
    return this.cards.width ? this.cards.height + CARD_GAP_PX : Math.max(16, this.shown.height || 36);
  }

  /** How many rows there are, or as far as is known: a window past the end may be answered first. */
  get #total() {
    const { total, ended, windows } = this.shown;
    return (total < 0 ? (ended ?? this.known) : Math.min(total, ended ?? total)) + windows.extra;
  }

  /** How rows are drawn as cards; without a width they are lines of a table. */
  get cards() {
    return this.shown.cards ?? {};
  }

  /** How many rows stand beside each other. */
  get #beside() {
    const { width } = this.cards;
    return width ? Math.max(1, Math.floor((this.box.clientWidth - CARD_GAP_PX) / (width + CARD_GAP_PX))) : 1;
  }

  get #first() {
    return Math.floor(this.scroll.top / this.#height) * this.#beside;
  }

  get #count() {
    return (Math.ceil(this.scroll.window / this.#height) + 1) * this.#beside;
  }

  /** Where the row whose detail is open is seen, or null. */
  get #openRow() {
    const { row, within } = this.state;
    return row === null ? null : this.shown.windows.seen(within, row);
  }

  #measure() {
    if (!this.shown) return;
    const head = this.heads.offsetHeight;
    const seen = Math.max(0, this.box.clientHeight - head);
    this.scroll.window = seen;
    if (this.shown.total < 0) this.known = Math.max(this.known, this.#first + 2 * this.#count);
    const lines = Math.ceil(this.#total / this.#beside);
    this.scroll.resize(lines * this.#height + (this.cards.width ? CARD_GAP_PX : 0), seen);
    this.table.style.setProperty("--row", `${this.#height}px`);
    this.table.style.setProperty("--head", `${head}px`);
    this.table.style.setProperty("--seen", `${seen}px`);
    this.spacer.style.height = `${Math.max(0, this.scroll.spacer - seen)}px`;
    this.table.setAttribute("aria-rowcount", this.shown.total < 0 ? -1 : this.#total + 1);
    this.#draw();
  }

  #scrolled() {
    if (this.shown.total < 0 && this.shown.ended === undefined && this.#first + this.#count >= this.known) this.#measure();
    this.#draw();
    const last = Math.min(this.#total, this.#first + this.#count - 1);
    this.badge.textContent = `${count(this.#first + 1)}–${count(last)} of ${this.shown.total < 0 ? "…" : count(this.#total)}`;
    this.badge.classList.add("seen");
    clearTimeout(this.fading);
    this.fading = setTimeout(() => this.badge.classList.remove("seen"), BADGE_MS);
  }

  // -- drawing --------------------------------------------------------------------------------

  #draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.#paint();
    });
  }

  #paint() {
    if (!this.shown) return;
    this.#vacant();
    const [first, height, total] = [this.#first, this.#height, this.#total];
    const at = { first, count: this.#count, total, top: this.scroll.top, height, beside: this.#beside, card: this.cards.width ? this.cards.width + CARD_GAP_PX : 0 };
    const whole = this.rows.paint(at, this.shown.windows, { row: this.#openRow, active: this.active, picks: this.picks });
    if (!this.next) this.#lookAtPicks(first, Math.min(total, first + at.count));
    if (this.shown.view && !whole && !this.next && !this.shown.halted) this.shown.windows.want(first, Math.min(total, first + at.count));
    this.#watch(this.next ?? this.shown);
    this.table.setAttribute("aria-busy", String((!whole || Boolean(this.next)) && this.failure.hidden));
    const cell = this.active && this.rows.cell(this.active.row, this.active.column);
    if (cell) this.table.setAttribute("aria-activedescendant", cell.id);
    else this.table.removeAttribute("aria-activedescendant");
  }

  /** Asks which of the rows that are seen are picked. */
  #lookAtPicks(first, stop) {
    const ends = new Map(); // group -> the places of its rows that are seen
    for (let row = first; row < stop; row++) {
      const { within, place } = this.shown.windows.about(row);
      ends.set(within, [ends.get(within)?.[0] ?? place, place + 1]);
    }
    for (const [within, [low, high]] of ends) this.picks.look(within, low, high);
  }

  #vacant() {
    const none = !this.next && this.#total === 0 && this.failure.hidden;
    this.empty.hidden = !none;
    if (!none) return;
    const [title, hint] = this.shown.view
      ? ["No rows", "Nothing passes the filter. Loosen it, or press Reset to see the whole table."]
      : ["No table is open", "Choose one from the list on the left."];
    this.empty.replaceChildren(icon("table"), html("b", { text: title }), html("span", { text: hint }));
  }

  // -- hands ----------------------------------------------------------------------------------

  #click(event) {
    const row = this.rows.indexOf(event.target);
    if (event.target.closest(".fold")) return this.#fold(row);
    if (event.target.closest(".gutter") || event.ctrlKey || event.metaKey || (event.shiftKey && this.picks.on)) {
      if (event.target.closest("a,button,select,summary,textarea,[data-keep]") || row < 0 || this.next || !this.picks.on) return;
      if (event.target.matches(".gutter input")) event.target.blur();
      getSelection().removeAllRanges();
      this.#toggle(row, event.shiftKey);
      this.active = { row, column: this.active?.column ?? 0 };
      setTimeout(() => this.#draw()); // a box that is ticked is turned back by the browser, once this is over
      event.preventDefault();
      this.table.focus();
      return;
    }
    if (event.target.closest("a,button,input,select,summary,textarea,[data-keep]")) return;
    if (!String(getSelection())) this.#open(row, event.target);
  }

  #columnOf(drawing) {
    const name = drawing.closest(".head")?.dataset.column;
    if (name !== undefined) return this.columns.all.find((column) => column.name === name);
    const place = drawing.closest(".cell")?.getAttribute("aria-colindex");
    return place ? this.columns.all[place - (this.columns.gutter ? 2 : 1)] : undefined;
  }

  #brushes(drawing) {
    if (this.next) return false;
    const { brush } = this.#columnOf(drawing) ?? {};
    return Boolean(drawing.closest(".head") ? brush?.head : brush?.cells && !this.state.folds?.branches?.length);
  }

  #brush({ drawing, ...bars }) {
    const row = drawing.closest(".head") ? null : this.rows.indexOf(drawing);
    if (row !== null && row < 0) return;
    this.send({ type: "brush", column: this.#columnOf(drawing).name, ...bars, row });
  }

  #open(row, target) {
    if (row < 0 || this.next || !this.shown.windows.row(row)) return;
    const column = target?.closest(".cell")?.getAttribute("aria-colindex");
    this.active = { row, column: column ? column - (this.columns.gutter ? 2 : 1) : (this.active?.column ?? 0) };
    const { place, within } = this.shown.windows.about(row);
    this.send({ type: "open", row: place, ...(within ? { within } : {}) });
    this.#draw();
  }

  #key(event) {
    const inHeads = this.heads.contains(event.composedPath()[0]);
    if (this.#pickKey(event, inHeads)) return event.preventDefault();
    if (event.ctrlKey && !["Home", "End"].includes(event.key)) return;
    if (event.altKey || event.metaKey || inHeads || !this.shown || event.composedPath()[0].closest?.(".menu,.bar")) return;
    const line = this.#beside;
    const page = Math.max(1, Math.floor(this.scroll.window / this.#height)) * line;
    const end = this.#total - 1;
    const { row, column } = this.active ?? { row: this.#first, column: 0 };
    const fresh = !this.active && ["ArrowDown", "ArrowUp"].includes(event.key);
    const to = {
      ArrowDown: [row + line, column], ArrowUp: [row - line, column],
      ...(this.cards.width ? { ArrowLeft: [row - 1, column], ArrowRight: [row + 1, column] } : { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1] }),
      PageDown: [row + page, column], PageUp: [row - page, column],
      Home: [0, column], End: [end, column],
    }[event.key];
    if (to) this.#activate(fresh ? [row, column] : to);
    else if (event.key === "Enter" && this.active) this.#open(this.active.row);
    else if (["+", "-"].includes(event.key) && this.active && (event.key === "+") !== this.shown.windows.about(this.active.row).unfolded) this.#fold(this.active.row);
    else return;
    event.preventDefault();
  }

  /** Shows what is inside of a group, or hides it again. */
  #fold(row) {
    const { path, folds, unfolded } = this.shown.windows.about(row);
    if (folds && !this.next) this.send({ type: "unfold", path, opens: !unfolded });
  }

  /** Keys that pick rows or copy them; whether this was one. */
  #pickKey(event, inHeads) {
    const { key, shiftKey: range } = event;
    const command = event.ctrlKey || event.metaKey;
    if (!this.picks.on || !this.shown || inHeads || event.altKey || event.composedPath()[0].closest?.(".menu,.bar,.picked,dialog")) return false;
    if (command && key === "a") this.picks.every();
    else if (command && key === "c" && !String(getSelection())) this.#copy();
    else if (command) return false;
    else if (key === " " && this.active) this.#toggle(this.active.row, range);
    else if (key === "Escape" && this.picks.some) this.picks.clear();
    else return false;
    event.stopPropagation();
    return true;
  }

  #toggle(row, range) {
    const about = this.shown.windows.about(row);
    if (pickable(about)) this.picks.toggle(about, range);
  }

  /** Copies the picked rows, or the cell that is active. */
  #copy() {
    if (this.picks.some) return this.bar.copy();
    const about = this.active && this.shown.windows.about(this.active.row);
    if (!about || about.depth) return;
    const { name } = this.columns.all[this.active.column];
    this.picks.number(about, (rows) => this.bar.copy(this.bar.address("tsv", { rows, only: name, bare: 1 }), "Cell copied"));
  }

  #activate([row, column]) {
    if (this.#total === 0) return;
    this.active = {
      row: Math.max(0, Math.min(this.#total - 1, row)),
      column: Math.max(0, Math.min(this.columns.all.length - 1, column)),
    };
    this.#reveal(this.active);
    this.#draw();
  }

  /** px that what is seen of a column needs, its title included. */
  #widest(index) {
    const head = this.heads.querySelectorAll(".head")[index];
    const title = head.querySelector(".name").scrollWidth + head.querySelector(".more").offsetWidth + 24;
    return Math.max(title, this.rows.widest(index)) + PADDING_PX;
  }

  #reveal({ row, column }) {
    const [top, height] = [Math.floor(row / this.#beside) * this.#height, this.#height];
    if (top < this.scroll.top) this.scroll.to(top);
    else if (top + height > this.scroll.top + this.scroll.window) this.scroll.to(top + height - this.scroll.window);
    const left = this.columns.start(column);
    const right = left + this.columns.width(this.columns.all[column]);
    if (this.cards.width || this.columns.all[column].pinned) return;
    if (left < this.box.scrollLeft + this.columns.pinned) this.box.scrollLeft = left - this.columns.pinned;
    else if (right > this.box.scrollLeft + this.box.clientWidth) this.box.scrollLeft = right - this.box.clientWidth;
  }

  remove() {
    this.observer.disconnect();
    this.picks.close();
    this.bar.remove();
    this.scroll.stop();
    clearTimeout(this.fading);
    clearTimeout(this.watching);
    cancelAnimationFrame(this.frame);
    this.next?.windows.close();
    this.shown?.windows.close();
  }
}

export default component(cells + css + dialogCss, ["columns", "headers", "total", "row_height", "source", "row", "within", "folds", "cards", "picking", "outcome"], Grid);
