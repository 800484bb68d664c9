// The head of the detail drawer, and whether the shell shows the drawer at all.

import { component } from "./component.js";
import { html, icon } from "./dom.js";

const css = `
header { display: flex; align-items: center; gap: 6px; min-height: 32px; }
h2 { margin: 0; font-size: 14px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.note { color: var(--vt-muted); margin-right: auto; white-space: nowrap; }
button { display: grid; place-items: center; width: 28px; height: 28px; border-radius: 7px; color: var(--vt-muted); flex: none; }
button[hidden] { display: none; }
button[aria-pressed="true"] { color: var(--vt-accent); }
button:hover { background: var(--vt-hover); color: var(--vt-fg); }
`;

class Drawer {
  constructor(root, send) {
    this.send = send;
    this.title = html("h2");
    this.note = html("span", { class: "note" });
    const press = (label, name, message) => html("button", { type: "button", title: label, "aria-label": label, on: { click: () => send(message) } }, icon(name));
    this.steps = [press("previous row (k)", "left", { type: "step", by: -1 }), press("next row (j)", "right", { type: "step", by: 1 })];
    const label = "wide or narrow (w)";
    this.wide = html("button", { type: "button", title: label, "aria-label": label, "aria-pressed": "false", on: { click: () => this.#widen() } }, icon("fit"));
    root.append(
      html(
        "header",
        {},
        this.title,
        this.note,
        ...this.steps,
        this.wide,
        press("close (Escape)", "close", { type: "close" }),
      ),
    );
    this.listen = (event) => this.#key(event);
    document.addEventListener("keydown", this.listen);
  }

  update({ open, title, note, steps }) {
    this.open = open;
    for (const button of this.steps) button.hidden = !steps;
    this.title.textContent = title;
    this.note.textContent = note;
    document.documentElement.toggleAttribute("data-drawer", open);
  }

  #widen() {
    const wide = document.documentElement.toggleAttribute("data-drawer-wide");
    this.wide.setAttribute("aria-pressed", String(wide));
  }

  #key(event) {
    const at = event.composedPath()[0];
    if (!this.open || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.closest?.("input,textarea,select,[contenteditable],.menu,dialog")) return;
    const message = { Escape: { type: "close" }, j: { type: "step", by: 1 }, k: { type: "step", by: -1 } }[event.key];
    if (message) this.send(message);
    else if (event.key === "w") this.#widen();
  }

  remove() {
    document.removeEventListener("keydown", this.listen);
    document.documentElement.removeAttribute("data-drawer");
    document.documentElement.removeAttribute("data-drawer-wide");
  }
}

export default component(css, ["open", "title", "note", "steps"], Drawer);
