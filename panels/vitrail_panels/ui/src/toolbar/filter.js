// The filter: a line that grows, with completion and with mistakes marked where they stand.

import { html, icon } from "../dom.js";
import { openMenu } from "../menu.js";
import { asksFor, complete } from "./complete.js";
import { leave, takenUp } from "./draft.js";
import { forget, keep, past } from "./past.js";

const LINE_PX = 20;

export class Filter {
  /**
   * @param {(text: string) => void} apply what to do with the text on Enter
   * @param {() => void} help
   * @param {(path: string) => Promise<{values: object[]}>} frequent asks for a path's most frequent values
   */
  constructor(apply, help, frequent) {
    this.apply = apply;
    this.frequent = frequent;
    this.values = new Map();
    this.applied = "";
    this.offers = [];
    this.at = -1;
    this.text = html("textarea", {
      class: "text", rows: "1", spellcheck: "false", autocomplete: "off", autocapitalize: "off", wrap: "soft",
      placeholder: "Filter rows, for example {$gt: ['$score', 0.5]}",
      role: "combobox", "aria-label": "filter", "aria-expanded": "false", "aria-controls": "offers", "aria-autocomplete": "list", "aria-describedby": "said", "aria-haspopup": "listbox",
      on: { input: () => this.#typed(), keydown: (event) => this.#key(event), blur: () => this.#close(), click: () => this.#close() },
    });
    this.under = html("div", { class: "under", "aria-hidden": "true" });
    this.list = html("div", { class: "menu offers", id: "offers", role: "listbox", "aria-label": "completions", popover: "manual" });
    this.said = html("div", { class: "said", id: "said", role: "alert" });
    this.reading = html("span", { class: "reading" });
    this.clear = html("button", { class: "clear", type: "button", title: "clear the filter", "aria-label": "clear the filter", on: { click: () => this.#set("", true) } }, icon("close"));
    this.past = html("button", { class: "clear past", type: "button", title: "filters that were applied before", "aria-label": "earlier filters", "aria-haspopup": "menu", "aria-expanded": "false", on: { click: () => this.#earlier() } }, icon("history"));
    const hint = html("button", { class: "key", type: "button", title: "shortcuts and examples (?)", "aria-label": "shortcuts and examples", text: "/", on: { click: help } });
    this.line = html("div", { class: "filter" }, html("span", { class: "lead" }, icon("filter")), html("div", { class: "field" }, this.under, this.text), this.reading, this.clear, this.past, hint);
    new ResizeObserver(() => this.#fit()).observe(this.line);
    this.element = html("div", { class: "filters" }, this.line, this.said, this.list);
    this.text.value = takenUp();
    this.leave = () => this.line.classList.contains("edited") && leave(this.text.value);
    document.addEventListener("vitrail-reload", this.leave);
  }

  update({ where, error, reading, paths, operators, meanings }, changed) {
    if (changed.has("paths")) this.values.clear();
    this.paths = paths;
    this.language = { operators, meanings };
    if (changed.has("where") && !error) keep(where);
    const typed = this.text.value.trim();
    const edited = typed !== this.applied && typed !== this.last; // an answer must not take what is being typed
    this.applied = where;
    if (changed.has("where") && !edited && (!error || !this.sent)) this.text.value = where;
    if (changed.has("error")) {
      this.error = error;
      this.wrong = this.text.value;
    }
    this.reading.textContent = where && !error ? reading : "";
    this.#draw();
  }

  remove() {
    document.removeEventListener("vitrail-reload", this.leave);
  }

  focus() {
    this.text.focus();
    this.text.select();
  }

  /** What is written, also where it is not applied yet. */
  draft() {
    return this.text.value.trim() === this.last && !this.error ? this.applied : this.text.value.trim();
  }

  /** Something made of what is written is on its way, and may take its place. */
  sending(text) {
    this.sent = true;
    this.last = text;
  }

  /** Shows where a piece of the filter in force is written. */
  select(start, stop) {
    this.#set(this.applied);
    this.text.focus();
    this.text.setSelectionRange(start, stop);
  }

  #set(text, apply = false) {
    this.text.value = text;
    if (apply) this.#send();
    this.#draw();
  }

  /** Puts an example into the box, for the viewer to change or send. */
  show(text) {
    this.#set(text);
    this.text.focus();
  }

  #send() {
    this.sent = true;
    this.last = this.text.value.trim();
    this.#close();
    this.apply(this.text.value.trim());
  }

  #draw() {
    const error = this.error && this.text.value === this.wrong ? this.error : null;
    this.line.classList.toggle("wrong", Boolean(error));
    this.line.classList.toggle("edited", this.text.value.trim() !== this.applied);
    this.text.setAttribute("aria-invalid", String(Boolean(error)));
    this.clear.hidden = !this.text.value;
    this.said.replaceChildren(...(error ? this.#words(error) : []));
    this.#underline(error);
    this.#fit();
  }

  #fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.max(LINE_PX, this.text.scrollHeight)}px`;
  }

  #words(error) {
    const many = this.text.value.includes("\n");
    const place = many && error.line ? `line ${error.line}, column ${error.column}` : error.column ? `column ${error.column}` : "";
    return [
      icon("alert"),
      html(
        "div",
        { class: "words" },
        html("span", { class: "message", text: error.message }),
        error.hint ? ["  ", html("span", { class: "hint", text: error.hint })] : null,
        place ? ["  ", html("span", { class: "place", text: place })] : null,
      ),
    ];
  }

  #underline(said) {
    const text = this.text.value;
    const error = said?.text && said.text !== text.trim() ? null : said; // of another text than the one that is seen
    const start = Math.max(0, Math.min(error?.start ?? text.length, text.length));
    const stop = Math.max(start, Math.min(error?.stop ?? start, text.length));
    const piece = text.slice(start, stop) || (error && text ? " " : "");
    this.under.replaceChildren(text.slice(0, start), error ? html("mark", { text: piece }) : "", `${text.slice(stop)}\u200b`);
  }

  #typed() {
    this.#draw();
    this.#offers();
  }

  #offers() {
    const asked = asksFor(this.text.value, this.text.selectionStart, this.paths);
    if (asked && !this.values.has(asked.path)) this.#ask(asked.path);
    const { start, offers } = complete(this.text.value, this.text.selectionStart, this.paths, this.language, this.values.get(asked?.path));
    if (!offers.length) return this.#close();
    this.from = start;
    this.offers = offers;
    this.list.replaceChildren(...offers.map((offer, index) => this.#offer(offer, index)));
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    this.text.setAttribute("aria-expanded", "true");
    this.#place(start);
    this.#point(0);
  }

  /** Asks for the values of a path, and offers them if it is still being written. */
  async #ask(path) {
    this.values.set(path, null);
    const { values } = await this.frequent(path);
    this.values.set(path, values);
    const writing = this.text.getRootNode().activeElement === this.text;
    if (writing && asksFor(this.text.value, this.text.selectionStart, this.paths)?.path === path) this.#offers();
  }

  #earlier() {
    const kept = past();
    const none = { label: "no filter was applied yet", disabled: true, choose() {} };
    const filters = kept.map((text) => ({ label: text, checked: text === this.applied, choose: () => this.#set(text, true) }));
    openMenu(this.past, "earlier filters", [{ heading: "Filters applied in this browser" }, ...(kept.length ? filters : [none]), ...(kept.length ? ["-", { label: "Forget them", icon: "bin", choose: forget }] : [])]);
  }

  #offer(offer, index) {
    const take = (event) => {
      event.preventDefault();
      this.#take(index);
    };
    return html("div", { class: "item", role: "option", id: `offer${index}`, on: { pointerdown: take } }, html("span", { class: "name", text: offer.label }), html("span", { class: "note", text: offer.note }));
  }

  /** Hangs the list under the letter that the word begins with. */
  #place(start) {
    const range = document.createRange();
    const walker = document.createTreeWalker(this.under, NodeFilter.SHOW_TEXT);
    let left = start;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (left > node.length) {
        left -= node.length;
        continue;
      }
      range.setStart(node, left);
      break;
    }
    const box = range.getBoundingClientRect();
    this.list.style.left = `${Math.max(8, Math.min(box.left - 10, innerWidth - 340))}px`;
    this.list.style.top = `${(box.bottom || this.line.getBoundingClientRect().bottom) + 6}px`;
  }

  #point(index) {
    this.at = index;
    [...this.list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    this.list.children[index]?.scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", `offer${index}`);
  }

  #take(index) {
    const { insert } = this.offers[index];
    this.text.setRangeText(insert, this.from, this.text.selectionStart, "end");
    this.#close();
    this.#draw();
  }

  #close() {
    if (this.list.matches(":popover-open")) this.list.hidePopover();
    this.offers = [];
    this.text.setAttribute("aria-expanded", "false");
    this.text.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const many = this.offers.length;
    if (many && this.#choose(event, many)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#send();
    else if (event.key === "Escape") {
      this.error = null;
      this.sent = false;
      this.#set(this.applied);
      this.text.blur();
    } else return undefined;
    event.stopPropagation();
    return event.preventDefault();
  }

  #choose(event, many) {
    if (event.key === "ArrowDown") this.#point((this.at + 1) % many);
    else if (event.key === "ArrowUp") this.#point((this.at + many - 1) % many);
    else if (event.key === "Tab") this.#take(this.at);
    else if (event.key === "Enter" && !event.shiftKey) this.#take(this.at);
    else if (event.key === "Escape") {
      event.stopPropagation();
      this.#close();
    } else return false;
    return true;
  }
}
