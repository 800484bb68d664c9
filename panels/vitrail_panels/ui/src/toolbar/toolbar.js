// The filter, and chips for what the table is grouped, sorted and compared by.

import { component } from "../component.js";
import { dialogCss } from "../dialog.js";
import { html, icon } from "../dom.js";
import { kindOf } from "../kinds.js";
import { colored, openMenu } from "../menu.js";
import { ColumnsMenu } from "./columns.js";
import { Conditions } from "./conditions.js";
import { Filter } from "./filter.js";
import { help } from "./help.js";
import { orderable } from "./order.js";
import { Quick } from "./quick.js";
import css from "./toolbar.css";

const same = (one, other) => one.artifact === other.artifact && one.entry === other.entry;
const bare = ({ artifact, entry }) => ({ artifact, entry });
const key = ({ by, descending }) => ({ by, descending });

function label(source, all) {
  const lone = all.every(({ entry }) => entry === source.entry);
  return lone ? source.artifact : `${source.artifact} / ${source.entry}`;
}

class Toolbar {
  constructor(root, send, listen) {
    this.send = send;
    this.help = help((text) => this.filter.show(text));
    this.filter = new Filter((text) => send({ type: "where", text }), () => this.help.open(this.state.paths), (path) => this.conditions.frequent(path, null));
    this.chips = html("div", { class: "chips" });
    this.tools = html("div", { class: "tools" });
    this.conditions = new Conditions(send, listen, this.filter);
    this.quick = new Quick(send);
    this.columns = new ColumnsMenu(root, send);
    this.doing = html("span", { class: "word" });
    this.working = html("span", { class: "working", hidden: true }, this.doing, html("button", { class: "button", type: "button", text: "Stop", on: { click: () => send({ type: "stop" }) } }));
    this.warnings = html("div", { class: "warnings", role: "status" });
    this.progress = html("div", { class: "progress", role: "progressbar", "aria-label": "working" });
    this.element = html("div", { class: "toolbar", role: "search" }, this.filter.element, this.chips, this.quick.element, this.warnings, this.progress);
    root.append(this.element, this.help.element, this.conditions.builder.element);
    this.listen = (event) => this.#key(event);
    this.ask = () => this.help.open(this.state.paths);
    document.addEventListener("keydown", this.listen);
    document.addEventListener("vitrail-help", this.ask);
  }

  update(state, changed) {
    this.state = state;
    this.filter.update(state, changed);
    this.columns.update(state, changed);
    if (changed.has("conditions") || changed.has("paths") || changed.has("where")) this.conditions.update(state);
    this.#chips();
    this.quick.update(state);
    this.progress.hidden = this.working.hidden = !state.busy;
    this.doing.textContent = `${state.doing || "working"} …`;
    this.warnings.replaceChildren(...state.warnings.map((text) => html("div", { class: "warning" }, icon("alert"), html("span", { text }))));
  }

  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath()[0].closest?.("input,textarea,select,[contenteditable],.menu,.builder,dialog")) return;
    if (event.key === "/") this.filter.focus();
    else if (event.key === "?") this.ask();
    else if (event.key === "f" && this.state.paths.length) this.conditions.open();
    else return;
    event.preventDefault();
  }

  #chips() {
    const { group, sort, compare, where, status, versions } = this.state;
    const focused = this.chips.getRootNode().activeElement?.getAttribute("aria-label");
    const set = where || group.length || sort.length || compare.length;
    this.chips.replaceChildren(
      this.conditions.element,
      this.#set("group", "Group", group.map((by, index) => this.#grouped(by, index)), (anchor) => this.#addGroup(anchor)),
      this.#set("sort", "Sort", sort.map((key, index) => this.#sorted(key, index)), (anchor) => this.#addSort(anchor)),
      versions.length || compare.length
        ? this.#set("compare", "Compare", compare.map((source) => this.#compared(source)), (anchor) => this.#addCompare(anchor))
        : "",
      this.tools,
    );
    this.tools.replaceChildren(
      this.columns.element,
      set ? html("button", { class: "reset", type: "button", "aria-label": "reset", title: "show the whole table", on: { click: () => this.send({ type: "reset" }) } }, icon("reset"), "Reset") : "",
      this.working,
      html("span", { class: "status", role: "status", text: status }),
    );
    if (focused) [...this.chips.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused)?.focus();
  }

  #set(name, title, chips, add) {
    const button = html("button", { class: "add", type: "button", disabled: !this.state.columns.length, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `${name} by`, on: { click: () => add(button) } }, icon(name), title, icon("down"));
    return html("div", { class: `set ${name}`, role: "group", "aria-label": name }, button, chips);
  }

  #chip(text, remove, { press, lead, hint } = {}) {
    const inner = [lead, html("span", { class: "word", text })];
    return html(
      "span",
      { class: "chip", title: hint ?? text },
      press ? html("button", { class: "press", type: "button", "aria-label": hint, on: { click: press } }, inner) : html("span", { class: "press" }, inner),
      html("button", { class: "remove", type: "button", "aria-label": `remove ${text}`, title: `remove ${text}`, on: { click: remove } }, icon("close")),
    );
  }

  #grouped(by, index) {
    const { group } = this.state;
    const chip = this.#chip(by, () => this.send({ type: "group", by: group.filter((_, place) => place !== index) }));
    return orderable(chip, index, group, (all) => this.send({ type: "group", by: all }));
  }

  #sorted({ by, said = by, descending }, index) {
    const sort = this.state.sort.map(key);
    const tell = (keys) => this.send({ type: "sort", keys });
    const chip = this.#chip(said, () => tell(sort.filter((_, place) => place !== index)), {
      press: () => tell(sort.map((each, place) => (place === index ? { by, descending: !descending } : each))),
      lead: icon(descending ? "down" : "up"),
      hint: `${said}: ${descending ? "descending" : "ascending"}, press to turn`,
    });
    return orderable(chip, index, sort, tell);
  }

  #compared(source) {
    const rest = this.state.compare.filter((other) => !same(source, other)).map(bare);
    const chip = this.#chip(label(source, [source, ...this.state.versions]), () => this.send({ type: "compare", sources: rest }), { lead: colored(source.color ?? "") });
    return chip;
  }

  #columns(taken, choose) {
    const free = this.state.columns.filter(({ name }) => !taken.includes(name));
    const none = { label: "no column is left", disabled: true, choose() {} };
    return free.length ? free.map(({ name, type }) => ({ label: name, note: kindOf(type), choose: () => choose(name) })) : [none];
  }

  #addGroup(anchor) {
    const { group } = this.state;
    openMenu(anchor, "group by", [{ heading: "Group rows by" }, ...this.#columns(group, (name) => this.send({ type: "group", by: [...group, name] })), ...this.#expression("group")]);
  }

  #addSort(anchor) {
    const { sort } = this.state;
    const choose = (by) => this.send({ type: "sort", keys: [...sort.map(key), { by, descending: false }] });
    openMenu(anchor, "sort by", [{ heading: "Sort rows by" }, ...this.#columns(sort.map(({ by }) => by), choose), ...this.#expression("sort")]);
  }

  /** The last line of a menu: by what no column is. */
  #expression(of) {
    const asked = {
      title: `${of === "group" ? "Group" : "Sort"} by an expression`,
      note: of === "group" ? "Rows with the same value make one group, such as {$round: ['$loss', 1]} or {$gt: ['$score', 0.5]}." : "A value for each row, such as {$abs: {$subtract: ['$loss', 1]}} or {$size: '$boxes'}.",
      fields: [{ name: "by", label: "Expression", required: true, lines: 3 }],
      button: of === "group" ? "Group" : "Sort",
      message: { type: "expression", of },
    };
    return ["-", { label: "Add an expression…", icon: "plus", choose: () => this.columns.dialog.open(asked) }];
  }

  #addCompare(anchor) {
    const { compare, versions } = this.state;
    const toggle = (offer) => {
      const on = compare.some((source) => same(source, offer));
      const sources = on ? compare.filter((source) => !same(source, offer)) : [...compare, offer];
      this.send({ type: "compare", sources: sources.map(bare) });
    };
    openMenu(anchor, "compare with", [
      { heading: "Lay over this table" },
      ...versions.map((offer) => {
        const on = compare.some((source) => same(source, offer));
        return { label: label(offer, versions), icon: on ? "check" : undefined, choose: () => toggle(offer) };
      }),
    ]);
  }

  remove() {
    document.removeEventListener("keydown", this.listen);
    document.removeEventListener("vitrail-help", this.ask);
    this.filter.remove();
    this.columns.remove();
  }
}

const NAMES = ["where", "error", "reading", "conditions", "columns", "paths", "operators", "meanings", "group", "sort", "compare", "versions", "quick", "differs", "keys", "key", "status", "busy", "doing", "warnings", "look", "outcome"];

export default component(dialogCss + css, NAMES, Toolbar);
