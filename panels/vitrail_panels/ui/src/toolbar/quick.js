// Filters that one click sets, with how many rows each keeps, and what rows are matched by.

import { html, icon } from "../dom.js";
import { openMenu } from "../menu.js";

const number = new Intl.NumberFormat("en");

export class Quick {
  /** @param {(message: object) => void} send */
  constructor(send) {
    this.send = send;
    this.element = html("div", { class: "quick", role: "group", "aria-label": "quick filters", hidden: true });
  }

  update({ quick, differs, keys, key, where }) {
    const focused = this.element.getRootNode().activeElement?.getAttribute("data-quick");
    this.element.hidden = !quick.length && !keys.length;
    this.element.replaceChildren(...quick.map((offer) => this.#offer(offer, where)), this.#differs(differs), keys.length ? this.#matched(keys, key) : "");
    if (focused) [...this.element.querySelectorAll("button")].find((each) => each.getAttribute("data-quick") === focused)?.focus();
  }

  /** How much the sides differ, in a line; it unfolds what changed in the drawer. */
  #differs(text) {
    if (!text) return html("span", { class: "differs" });
    return html(
      "button",
      { class: "differs", type: "button", title: `${text}\nClick to see what changed, by column and class.`, "data-quick": "changes", on: { click: () => this.send({ type: "changes" }) } },
      html("b", { text: "What changed" }),
      html("span", { class: "word", role: "status", text }),
      icon("down"),
    );
  }

  #offer({ label, text, count, hint }, where) {
    return html(
      "button",
      { class: "offer", type: "button", title: hint, "aria-pressed": String(where === text), "data-quick": label, on: { click: () => this.send({ type: "quick", text }) } },
      html("span", { class: "word", text: label }),
      count >= 0 ? html("span", { class: "count", text: number.format(count) }) : null,
    );
  }

  #matched(keys, key) {
    const called = (name) => name || "row position";
    const choices = () => keys.map(({ name, type }) => ({ label: called(name), note: type, checked: name === key, choose: () => this.send({ type: "key", name }) }));
    const button = html(
      "button",
      { class: "matched", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "data-quick": "key", on: { click: () => openMenu(button, "match rows by", [{ heading: "Match rows by" }, ...choices()]) } },
      html("span", { class: "word", text: `matched by ${called(key)}` }),
      icon("down"),
    );
    return button;
  }
}
