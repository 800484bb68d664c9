// The conditions of the filter in force as chips, and the button that adds one.

import { html, icon, plain } from "../dom.js";
import { Builder } from "./builder.js";
import { words } from "./operators.js";

export class Conditions {
  /**
   * @param {(message: object) => void} send
   * @param {(heard: Function) => void} listen to what the server answers
   * @param {import("./filter.js").Filter} filter
   */
  constructor(send, listen, filter) {
    this.send = send;
    this.filter = filter;
    this.asked = new Map();
    this.builder = new Builder((path, item) => this.frequent(path, item));
    this.add = html("button", { class: "add", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": "add a filter", on: { click: () => this.open() } }, icon("plus"), "Filter");
    this.chips = html("span", { class: "made" });
    this.element = html("div", { class: "set filter-by", role: "group", "aria-label": "filter" }, this.add, this.chips);
    listen((message) => this.#heard(plain(message)));
  }

  update({ conditions, paths, where }) {
    this.paths = paths;
    this.where = where;
    this.add.disabled = !paths.length;
    const focused = this.chips.getRootNode().activeElement?.getAttribute("aria-label");
    this.chips.replaceChildren(...conditions.map((part, at) => this.#chip(part, at)));
    if (focused) [...this.chips.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused)?.focus();
  }

  /** Opens the builder for one condition more, about a column where one is named. */
  open(column) {
    const text = this.filter.draft(); // what is typed and not yet applied is kept, and narrowed
    this.builder.open(this.add, this.paths, null, (condition) => this.#send(text, -1, condition));
    if (column) this.builder.seek(column);
  }

  #send(text, at, condition) {
    if (at < 0) this.filter.sending(text);
    this.send({ type: "condition", text, at, condition });
  }

  #chip(part, at) {
    const said = part.condition ? words(part.condition, this.paths) : part.text;
    const known = part.condition && this.paths.some(({ name }) => name === part.condition.path);
    const change = (event) => {
      if (known) this.builder.open(event.currentTarget, this.paths, part.condition, (condition) => this.#send(this.where, at, condition));
      else this.filter.select(part.start, part.stop);
    };
    const hint = known ? `change the filter ${said}` : `show ${said} in the text`;
    return html(
      "span",
      { class: `chip ${part.condition ? "" : "typed"}`, title: said },
      html("button", { class: "press", type: "button", "aria-label": hint, "aria-haspopup": known ? "dialog" : undefined, on: { click: change } }, html("span", { class: "word", text: said })),
      html("button", { class: "remove", type: "button", "aria-label": `remove the filter ${said}`, title: "remove", on: { click: () => this.#send(this.where, at, null) } }, icon("close")),
    );
  }

  /** The most frequent values of a path, of a list those of a path in its items. */
  frequent(path, item) {
    const ask = `${path}/${item ?? ""}/${this.asked.size}/${Date.now()}`;
    return new Promise((answered) => {
      this.asked.set(ask, answered);
      this.send({ type: "values", path, item, ask });
    });
  }

  #heard(message) {
    if (message.type === "filter") this.open(message.column);
    if (message.type !== "values") return;
    this.asked.get(message.ask)?.(message);
    this.asked.delete(message.ask);
  }
}
