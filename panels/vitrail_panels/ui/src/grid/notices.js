// What the grid says beside its rows: that there are none, that they take long, that they could not be read.

import { html, icon } from "../dom.js";

const BADGE_MS = 900;
const PATIENCE_MS = 2000; // before it is offered to wait no longer

export class Notices {
  /** @param {() => void} halt withdraws what takes too long */
  constructor(halt) {
    this.failure = html("div", { class: "bar", role: "alert", hidden: true });
    const stop = html("button", { class: "button", type: "button", text: "Stop", on: { click: halt } });
    this.slow = html("div", { class: "bar slow", role: "status", hidden: true }, html("span", { class: "said", text: "Rows are still being read …" }), stop);
    this.empty = html("div", { class: "empty", role: "status", hidden: true });
    this.badge = html("div", { class: "badge", "aria-hidden": "true" });
    const drafts = html("div", { class: "drafts", role: "status", text: "≈ from a sample; exact values are on their way" });
    this.elements = [this.empty, this.failure, this.slow, drafts, this.badge];
  }

  get failed() {
    return !this.failure.hidden;
  }

  /** Says what went wrong, with a way to try again; nothing takes it back. */
  fail(message, retry) {
    this.failure.hidden = !message;
    if (!message) return this.failure.replaceChildren();
    const again = html("button", { class: "button", type: "button", text: "Try again", on: { click: retry } });
    this.failure.replaceChildren(icon("alert"), html("span", { class: "said", text: message }), again);
  }

  /** Offers to stop what takes long. */
  watch(waits) {
    if (waits) {
      this.watching ??= setTimeout(() => (this.slow.hidden = false), PATIENCE_MS);
      return;
    }
    clearTimeout(this.watching);
    this.watching = undefined;
    this.slow.hidden = true;
  }

  /** Says why there are no rows. */
  vacant(none, open) {
    this.empty.hidden = !none;
    if (!none) return;
    const [title, hint] = open
      ? ["No rows", "Nothing passes the filter. Loosen it, or press Reset to see the whole table."]
      : ["No table is open", "Choose one from the list on the left."];
    this.empty.replaceChildren(icon("table"), html("b", { text: title }), html("span", { text: hint }));
  }

  /** Says for a moment which rows are seen. */
  tellPlace(text) {
    this.badge.textContent = text;
    this.badge.classList.add("seen");
    clearTimeout(this.fading);
    this.fading = setTimeout(() => this.badge.classList.remove("seen"), BADGE_MS);
  }

  remove() {
    clearTimeout(this.fading);
    clearTimeout(this.watching);
  }
}
