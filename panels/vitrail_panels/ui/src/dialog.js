// A small form in a dialog, which stays until the server has said what became of it; and the word after.

import { html, icon } from "./dom.js";

const SEEN_MS = 6000; // how long a word stays

export const dialogCss = `
.ask { width: min(420px, calc(100vw - 32px)); padding: 0; border: 1px solid var(--vt-line); border-radius: 14px; background: var(--vt-raised); color: var(--vt-fg); box-shadow: var(--vt-shadow); font: 13px/1.45 var(--vt-font); }
.ask::backdrop { background: rgb(8 12 20 / 45%); }
.ask form { display: flex; flex-direction: column; gap: 12px; padding: 18px 22px 20px; }
.ask h2 { margin: 0; font-size: 16px; font-weight: 600; overflow-wrap: anywhere; }
.ask p { margin: 0; color: var(--vt-soft); overflow-wrap: anywhere; }
.ask label { display: flex; flex-direction: column; gap: 4px; font-weight: 500; }
.ask input, .ask textarea { width: 100%; padding: 6px 10px; border: 1px solid var(--vt-line-strong); border-radius: 8px; background: var(--vt-surface); color: var(--vt-fg); font: inherit; font-weight: 400; resize: vertical; }
.ask input::placeholder, .ask textarea::placeholder { color: var(--vt-muted); opacity: 1; }
.ask input:focus-visible, .ask textarea:focus-visible { outline: none; border-color: var(--vt-accent); box-shadow: 0 0 0 3px var(--vt-accent-soft); }
.ask .wrong { padding: 8px 12px; border: 1px solid var(--vt-danger-line); border-radius: 8px; background: var(--vt-danger-soft); color: var(--vt-danger); overflow-wrap: anywhere; max-height: 10em; overflow: auto; }
.ask .wrong:empty { display: none; }
.ask footer { display: flex; justify-content: flex-end; gap: 8px; margin-top: 2px; }
.ask .do { border-color: transparent; background: var(--vt-accent); color: var(--vt-on-accent, #fff); }
.ask .do:hover:not(:disabled) { border-color: transparent; color: var(--vt-on-accent, #fff); filter: brightness(1.08); }
.ask .do.danger { background: var(--vt-danger); }
.word-said { display: flex; align-items: center; gap: 12px; margin: 0 0 20px; inset: auto auto 0 50%; transform: translateX(-50%); max-width: min(640px, calc(100vw - 32px)); padding: 9px 10px 9px 16px; border: 1px solid var(--vt-line); border-radius: 10px; background: var(--vt-raised); color: var(--vt-fg); box-shadow: var(--vt-shadow); font: 13px/1.4 var(--vt-font); overflow-wrap: anywhere; }
.word-said:not(:popover-open) { display: none; }
.word-said .icon { color: var(--vt-accent); }
`;

function fieldOf({ name, label, value = "", placeholder = "", lines, required, readonly }) {
  const shared = { name, placeholder, required, readonly, autocomplete: "off", spellcheck: "false" };
  const input = lines ? html("textarea", { ...shared, rows: lines }) : html("input", { ...shared, type: "text", maxlength: readonly ? undefined : 128 });
  input.value = value;
  return html("label", {}, label, input);
}

export class Dialog {
  /**
   * @param {ShadowRoot} root where it stands
   * @param {(message: object) => void} send to the server
   */
  constructor(root, send) {
    this.send = send;
    this.asked = 0;
    this.element = html("dialog", { class: "ask", "aria-labelledby": "ask-title" });
    this.said = html("div", { class: "word-said", role: "status", popover: "manual" });
    root.append(this.element, this.said);
  }

  /**
   * @param {{title: string, note?: string, fields?: object[], button: string, danger?: boolean,
   *     message?: object}} asked `message` is sent with the fields' values and the question's number;
   *     without one there is nothing to send
   */
  open({ title, note, fields = [], button, danger, message }) {
    this.message = message;
    this.wrong = html("div", { class: "wrong", role: "alert" });
    this.button = html("button", { class: `button do ${danger ? "danger" : ""}`, type: "submit", text: button });
    this.form = html(
      "form",
      { method: "dialog", on: { submit: (event) => this.#submit(event) } },
      html("h2", { id: "ask-title", text: title }),
      note && html("p", { text: note }),
      fields.map(fieldOf),
      this.wrong,
      html("footer", {}, message && html("button", { class: "button", type: "button", text: "Cancel", on: { click: () => this.element.close() } }), this.button),
    );
    this.element.replaceChildren(this.form);
    this.element.showModal();
    const first = this.form.querySelector("input,textarea");
    (first ?? this.form.querySelector("footer button")).focus(); // what cannot be undone is not one key away
    first?.select();
  }

  #submit(event) {
    if (!this.message) return;
    event.preventDefault();
    this.asked += 1;
    this.button.disabled = true;
    this.wrong.textContent = "";
    this.send({ ...this.message, ...Object.fromEntries(new FormData(this.form)), ask: this.asked });
  }

  /** The server's word on what was asked; `open(source)` is called where somebody wants to see it. */
  answered({ ask, error, said, opens, start, stop }, open) {
    if (ask !== this.asked || ask === this.answeredLast) return;
    this.answeredLast = ask;
    this.button.disabled = false;
    this.wrong.textContent = error;
    if (error) {
      if (!this.element.open) this.say(error, "alert");
      else if (start !== undefined) this.#mark(start, stop);
      return;
    }
    this.element.close();
    if (!said) return;
    const see = opens?.artifact && html("button", { class: "button", type: "button", text: "Open", on: { click: () => (this.said.hidePopover(), open(opens)) } });
    this.say(said, "check", see);
  }

  /** Shows the piece of a text of several lines that is wrong. */
  #mark(start, stop) {
    const field = this.form.querySelector("textarea");
    field?.focus();
    field?.setSelectionRange(start, Math.max(stop, start + 1));
  }

  /** A word at the page's foot, for a while. */
  say(text, sign = "check", ...more) {
    clearTimeout(this.later);
    this.said.replaceChildren(icon(sign), html("span", { text }), ...more.filter(Boolean));
    this.said.showPopover();
    this.later = setTimeout(() => this.said.hidePopover(), SEEN_MS);
  }

  /** Copy an address; where the browser forbids that, show it to be copied. */
  async copy(address) {
    try {
      await navigator.clipboard.writeText(address);
      this.say("Link copied");
    } catch {
      const field = { name: "link", label: "Link", value: address, readonly: true };
      this.open({ title: "Copy this link", fields: [field], button: "Close" });
    }
  }

  remove() {
    clearTimeout(this.later);
  }
}
