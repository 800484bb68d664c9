// A condition made by clicks: a column, what is said of it, and a value.

import { html, icon } from "../dom.js";
import { firstOperator, operatorsOf, takesValue } from "./operators.js";
import { select, valueFields } from "./value.js";

const MOST_SEEN = 120;
const MOST_PARTS = 4;

/** What is said of a value: the operator and its fields. */
class Said {
  constructor(path, condition, frequent) {
    this.path = path;
    this.condition = { operator: firstOperator(path), ...condition };
    this.frequent = frequent;
    this.fields = html("div", { class: "fields" });
    const known = operatorsOf(path);
    if (!known.some(([name]) => name === this.condition.operator)) known.push([this.condition.operator, this.condition.operator]);
    this.operator = select("operator", known, this.condition.operator, (name) => this.#choose(name));
    this.element = html("div", { class: "saying" }, this.operator, this.fields);
    this.#choose(this.condition.operator);
  }

  #choose(operator) {
    this.condition.operator = operator;
    if (operator === "any") this.value = new Any(this.path, this.condition, this.frequent);
    else this.value = takesValue(operator) ? valueFields(this.path, this.condition, () => this.frequent(null)) : null;
    this.fields.replaceChildren(...(this.value ? [this.value.element] : []));
  }

  read() {
    const said = { path: this.path.name, operator: this.condition.operator };
    if (this.path.kind === "time") said.kind = "time";
    if (!this.value) return said;
    const value = this.value.read();
    return value && { ...said, ...value };
  }
}

/** What any one item of a list has to be. */
class Any {
  constructor(path, condition, frequent) {
    this.path = path;
    this.frequent = frequent;
    this.parts = [];
    this.rows = html("div", { class: "rows" });
    this.more = html("button", { class: "button", type: "button", on: { click: () => this.#add().focus() } }, icon("plus"), "and");
    this.element = html("div", { class: "any" }, this.rows, this.more);
    const first = Array.isArray(condition.value) && condition.value.every((each) => each?.operator) ? condition.value : [undefined];
    for (const each of first) this.#add(each);
  }

  #add(condition) {
    const { items = [] } = this.path;
    const unused = items.filter(({ name }) => !this.parts.some((part) => part.said.path.name === name));
    const free = (this.parts.length ? unused.find(({ name }) => name.includes("score")) : null) ?? unused[0] ?? items[0];
    const part = { said: null };
    const inside = html("div", { class: "part" });
    const show = (item, known) => {
      part.said = new Said(item, known, () => this.frequent(item.name));
      inside.replaceChildren(part.said.element);
    };
    const item = items.find(({ name }) => name === condition?.path) ?? free;
    const names = items.map(({ name }) => [name, name || "item"]);
    const which = select("part", names, item.name, (name) => show(items.find((each) => each.name === name)));
    const drop = html("button", { class: "drop", type: "button", "aria-label": "remove this part", on: { click: () => this.#drop(part) } }, icon("close"));
    show(item, condition);
    part.element = html("div", { class: "row" }, which, inside, drop);
    this.parts.push(part);
    this.#draw();
    return which;
  }

  #drop(part) {
    this.parts = this.parts.filter((each) => each !== part);
    this.#draw();
  }

  #draw() {
    this.rows.replaceChildren(...this.parts.map(({ element }) => element));
    for (const { element } of this.parts) element.querySelector(".drop").hidden = this.parts.length === 1;
    const lone = this.path.items?.every(({ name }) => !name);
    this.more.hidden = lone || this.parts.length >= MOST_PARTS;
  }

  read() {
    const value = this.parts.map(({ said }) => said.read());
    return value.every(Boolean) ? { value } : null;
  }
}

export class Builder {
  /** @param {(path: string, item: string|null) => Promise<object>} frequent asks for a path's values */
  constructor(frequent) {
    this.frequent = frequent;
    this.search = html("input", {
      type: "text", role: "combobox", "aria-label": "column", "aria-expanded": "true", "aria-controls": "builder-columns", "aria-autocomplete": "list", placeholder: "search a column", autocomplete: "off", spellcheck: "false",
      on: { input: () => this.#list(), keydown: (event) => this.#walk(event), focus: () => this.#list() },
    });
    this.columns = html("div", { class: "columns", id: "builder-columns", role: "listbox", "aria-label": "columns" });
    this.said = html("div", {});
    this.apply = html("button", { class: "button do", type: "submit", text: "Add filter" });
    this.form = html("form", { novalidate: true, on: { submit: (event) => this.#submit(event) } }, html("label", { class: "label" }, "Column", this.search), this.columns, this.said, html("footer", {}, this.apply));
    this.element = html("div", { class: "builder", role: "dialog", "aria-label": "filter by a column", popover: "auto" }, this.form);
    this.element.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#closed());
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
  }

  /**
   * @param {HTMLElement} anchor what it hangs from, by its label even when it is drawn again
   * @param {object[]} paths what can be asked
   * @param {object|null} condition the one that is changed
   * @param {(condition: object) => void} done
   */
  open(anchor, paths, condition, done) {
    Object.assign(this, { anchor, paths, done });
    this.path = null;
    this.apply.textContent = condition ? "Change filter" : "Add filter";
    this.search.value = "";
    this.said.replaceChildren();
    this.element.showPopover();
    this.#list();
    anchor.setAttribute("aria-expanded", "true");
    const known = condition && paths.find(({ name }) => name === condition.path);
    if (known) this.#choose(known, condition);
    else this.search.focus();
    this.#place();
  }

  /** Looks for a column: the one of that name is chosen, several versions of it are listed. */
  seek(name) {
    this.search.value = name;
    this.#list();
    const only = this.found.find((path) => path.name === name) ?? (this.found.length === 1 ? this.found[0] : null);
    if (only) this.#choose(only);
  }

  #place() {
    const box = this.anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    this.element.style.top = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - height - 8))}px`;
  }

  #closed() {
    this.anchor.setAttribute("aria-expanded", "false");
    if (this.element.contains(this.element.getRootNode().activeElement)) this.anchor.focus();
  }

  #list() {
    const sought = this.search.value.trim().toLowerCase();
    const found = this.paths.filter(({ name, kind, items }) => kind && (kind !== "list" || items?.length) && name.toLowerCase().includes(sought));
    const rank = ({ name }) => (name.toLowerCase().startsWith(sought) ? 0 : 1);
    this.found = [...found].sort((one, other) => rank(one) - rank(other)).slice(0, MOST_SEEN);
    this.columns.hidden = false;
    this.said.hidden = this.apply.hidden = true;
    this.search.setAttribute("aria-expanded", "true");
    const drawn = this.found.map((path, index) =>
      html("div", { class: "item", role: "option", id: `builder-column${index}`, "aria-selected": "false", on: { pointerdown: (event) => (event.preventDefault(), this.#choose(path)) } }, html("span", { class: "name", text: path.name }), html("span", { class: "note", text: path.kind })),
    );
    this.columns.replaceChildren(...(drawn.length ? drawn : [html("div", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false", text: "no such column" })]));
    this.#point(drawn.length ? 0 : -1);
  }

  #point(index) {
    this.at = index;
    [...this.columns.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    this.columns.children[index]?.scrollIntoView({ block: "nearest" });
    if (index >= 0) this.search.setAttribute("aria-activedescendant", `builder-column${index}`);
    else this.search.removeAttribute("aria-activedescendant");
  }

  #walk(event) {
    const many = this.columns.hidden ? 0 : this.found.length;
    if (event.key === "ArrowDown" && many) this.#point((this.at + 1) % many);
    else if (event.key === "ArrowUp" && many) this.#point((this.at + many - 1) % many);
    else if (event.key === "Enter" && many) this.#choose(this.found[this.at]);
    else return;
    event.preventDefault();
  }

  #choose(path, condition) {
    this.path = path;
    this.search.value = path.name;
    this.search.setAttribute("aria-expanded", "false");
    this.search.removeAttribute("aria-activedescendant");
    this.columns.hidden = true;
    this.made = new Said(path, condition, (item) => this.frequent(path.name, item));
    this.said.replaceChildren(this.made.element);
    this.said.hidden = this.apply.hidden = false;
    (this.said.querySelector(".fields input, .fields select") ?? this.made.operator).focus();
    this.#place();
  }

  #submit(event) {
    event.preventDefault();
    const condition = this.path && this.made.read();
    if (!condition) return;
    this.element.hidePopover();
    this.done(condition);
  }
}
