// The menu of all columns: which are shown, those that are worked out, and how high rows are.

import { Dialog } from "../dialog.js";
import { html, icon } from "../dom.js";
import { kindOf } from "../kinds.js";
import { openMenu } from "../menu.js";
import { FILES, take } from "../taking.js";

const HEIGHTS = [
  { label: "Small", height: 32 },
  { label: "Medium", height: null },
  { label: "Large", height: 168 },
];
const LAYOUTS = [
  { label: "Table", layout: "table" },
  { label: "Gallery", layout: "gallery" },
];
const ADDS = {
  title: "Add a column",
  note: "An expression of the query language, worked out for each row, such as {$subtract: ['$loss', '$best']}. The column can be filtered, sorted and grouped by like any other.",
  button: "Add",
};

export class ColumnsMenu {
  /**
   * @param {ShadowRoot} root where its dialog stands
   * @param {(message: object) => void} send
   */
  constructor(root, send) {
    this.send = (what) => send({ type: "look", ...what });
    this.dialog = new Dialog(root, send);
    this.state = { columns: [], height: null };
    this.sought = "";
    this.button = html("button", { class: "add", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", on: { click: () => this.#open() } });
    this.search = html("input", { class: "seek", type: "search", placeholder: "find a column", "aria-label": "find a column", autocomplete: "off", spellcheck: "false", on: { input: () => this.#seek() } });
    this.list = html("div", { class: "list", role: "group", "aria-label": "columns" });
    this.foot = html("div", { class: "foot" });
    this.panel = html("div", { class: "menu columns-menu", role: "dialog", "aria-label": "columns", popover: "auto" }, this.search, this.list, this.foot);
    this.panel.addEventListener("toggle", (event) => this.button.setAttribute("aria-expanded", String(event.newState === "open")));
    this.panel.addEventListener("keydown", (event) => this.#walk(event));
    this.export = html("button", { class: "add", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", title: "take away what is shown", on: { click: () => this.#export() } }, icon("save"), "Export", icon("down"));
    this.element = html("div", { class: "set columns", role: "group", "aria-label": "columns", hidden: true }, this.button, this.export);
    root.append(this.panel); // outside of what is drawn anew, which would close it
  }

  update({ look, outcome }, changed) {
    if (changed.has("outcome") && outcome.ask !== undefined) this.dialog.answered(outcome, () => {});
    this.state = { columns: [], height: null, ...look };
    const { columns } = this.state;
    const hidden = columns.filter(({ shown }) => !shown).length;
    this.element.hidden = !columns.length;
    this.button.replaceChildren(icon("columns"), "Columns", ...(hidden ? [html("span", { class: "count", text: `${columns.length - hidden} of ${columns.length}` })] : []), icon("down"));
    this.export.hidden = !this.state.rows;
    this.#draw();
  }

  /** Takes away all rows that are shown, with the columns that are. */
  #export() {
    const address = (format) => {
      const found = new URL(this.state.rows, document.baseURI);
      found.searchParams.set("format", format);
      return found;
    };
    openMenu(this.export, "export", [{ heading: "All rows shown, as a file" }, ...FILES.map(({ label, format }) => ({ label, choose: () => take(address(format)) }))]);
  }

  #open() {
    this.search.value = this.sought = "";
    this.#draw();
    this.panel.showPopover();
    const box = this.button.getBoundingClientRect();
    this.panel.style.left = `${Math.max(8, Math.min(box.left, innerWidth - this.panel.offsetWidth - 8))}px`;
    this.panel.style.top = `${Math.min(box.bottom + 4, innerHeight - this.panel.offsetHeight - 8)}px`;
    this.search.focus();
  }

  #seek() {
    this.sought = this.search.value.trim().toLowerCase();
    this.#draw();
  }

  #draw() {
    const { columns, height, layout } = this.state;
    const focused = this.panel.getRootNode().activeElement?.dataset?.key;
    const found = columns.filter(({ name }) => name.toLowerCase().includes(this.sought));
    this.list.replaceChildren(...(found.length ? found.map((column) => this.#row(column)) : [html("div", { class: "none", text: "no such column" })]));
    const names = (shown) => found.filter((column) => column.shown !== shown).map(({ name }) => name);
    const every = (label, what, list) => html("button", { class: "button", type: "button", "data-key": label, disabled: !list.length, text: label, on: { click: () => this.send({ do: what, columns: list }) } });
    this.foot.replaceChildren(
      html("div", { class: "line" }, every("Show all", "show", names(true)), every("Hide all", "hide", names(false)), html("button", { class: "button", type: "button", "data-key": "add", on: { click: () => this.#add() } }, icon("plus"), "Add a column…")),
      html(
        "fieldset",
        { class: "line heights" },
        html("legend", { text: "Rows as" }),
        LAYOUTS.map((each) => html("label", {}, html("input", { type: "radio", name: "layout", "data-key": each.label, checked: each.layout === layout, on: { change: () => this.send({ do: "layout", layout: each.layout }) } }), each.label)),
      ),
      html(
        "fieldset",
        { class: "line heights" },
        html("legend", { text: layout === "gallery" ? "Card size" : "Row height" }),
        HEIGHTS.map((each) => html("label", {}, html("input", { type: "radio", name: "height", "data-key": each.label, checked: each.height === height, on: { change: () => this.send({ do: "height", height: each.height }) } }), each.label)),
      ),
    );
    if (focused) [...this.panel.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key === focused)?.focus();
  }

  #row({ name, type, shown, pinned, by }) {
    const tick = html("input", { type: "checkbox", checked: shown, "data-key": `show ${name}`, on: { change: () => this.send({ do: tick.checked ? "show" : "hide", columns: [name] }) } });
    const press = (label, sign, pressed, click) => html("button", { class: "tool", type: "button", title: label, "aria-label": `${label}: ${name}`, "aria-pressed": pressed, "data-key": `${label} ${name}`, on: { click } }, icon(sign));
    return html(
      "div",
      { class: "column" },
      html("label", { title: by ? `${name} = ${by}` : `${name}: ${type}` }, tick, html("span", { class: "name", text: name }), html("span", { class: "note", text: by ? "added" : kindOf(type) })),
      by ? press("change", "pen", undefined, () => this.#add({ name, by })) : "",
      by ? press("remove", "bin", undefined, () => this.send({ do: "remove", column: name })) : "",
      press("pin", "pin", String(pinned), () => this.send({ do: "pin", column: name, pinned: !pinned })),
    );
  }

  /** Asks for a column's name and expression; one that is there already is changed. */
  #add(old) {
    this.panel.hidePopover();
    this.dialog.open({
      ...ADDS,
      ...(old ? { title: `Change ${old.name}`, button: "Change" } : {}),
      fields: [
        { name: "name", label: "Name", value: old?.name ?? "", required: true, readonly: Boolean(old) },
        { name: "by", label: "Expression", value: old?.by ?? "", required: true, lines: 3 },
      ],
      message: { type: "look", do: "add" },
    });
  }

  #walk(event) {
    const stops = [...this.panel.querySelectorAll("input[type=search],input[type=checkbox]")];
    const at = stops.indexOf(this.panel.getRootNode().activeElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (step === undefined || at < 0) return;
    stops.at(step % stops.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  remove() {
    this.dialog.remove();
  }
}
