// Where we are: project / artifact / table.

import { component } from "./component.js";
import { Dialog, dialogCss } from "./dialog.js";
import { html, icon } from "./dom.js";
import { openMenu } from "./menu.js";

const css = `${dialogCss}
nav { display: flex; align-items: center; gap: 8px; min-width: 0; }
ol { display: flex; align-items: center; flex: 0 1 auto; min-width: 0; margin: 0; padding: 0; list-style: none; }
li { flex-shrink: 3; min-width: 24px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--vt-muted); }
li:last-child { color: var(--vt-fg); font-weight: 600; max-width: 24em; flex-shrink: 1; }
li + li::before { content: "/"; margin: 0 7px; color: var(--vt-line-strong); font-weight: 400; }
@media (max-width: 900px) { li:not(:last-child) { display: none; } li:last-child::before { display: none; } }
.tag { flex: 0 1 auto; min-width: 2.5em; max-width: 11em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 1px 7px; border: 1px solid var(--vt-line); border-radius: 99px; color: var(--vt-muted); font-size: 11.5px; }
.tabs { display: flex; flex: none; gap: 2px; margin-left: 14px; padding: 2px; border-radius: 8px; background: var(--vt-sunken); }
.tab { padding: 3px 11px; border-radius: 6px; color: var(--vt-muted); text-transform: capitalize; }
.tab:hover { color: var(--vt-fg); }
.tab[aria-selected="true"] { background: var(--vt-surface); color: var(--vt-fg); font-weight: 600; box-shadow: 0 0 0 1px var(--vt-line); }
.save { display: inline-flex; align-items: center; gap: 6px; flex: none; height: 30px; margin-left: auto; padding: 0 8px 0 10px; border: 1px solid var(--vt-line); border-radius: 8px; background: var(--vt-surface); color: var(--vt-soft); font-weight: 500; }
.save:hover, .save[aria-expanded="true"] { border-color: var(--vt-line-strong); color: var(--vt-fg); }
.save .icon:last-child { width: 10px; height: 10px; color: var(--vt-muted); }
`;

class Crumbs {
  constructor(root, send) {
    this.send = send;
    this.nav = html("nav", { "aria-label": "where you are" });
    this.button = html("button", { class: "save", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "save and share", on: { click: () => this.#menu() } });
    root.append(this.nav);
    this.dialog = new Dialog(root, send);
  }

  #menu() {
    const saves = this.state.saves
      ? [
          { label: "Save view…", icon: "bookmark", choose: () => this.#saveView() },
          { label: "Save rows as a subset…", icon: "rows", choose: () => this.#saveRows() },
          "-",
        ]
      : [];
    openMenu(this.button, "save and share", [...saves, { label: "Copy link", icon: "link", choose: () => this.dialog.copy(location.href) }]);
  }

  #saveView() {
    this.dialog.open({
      title: "Save view",
      note: "What is shown now, of these versions: filter, order, groups, comparison, visualizers. A saved view that has the name gets a new version.",
      fields: [
        { name: "name", label: "Name", placeholder: "worst scenes at night", required: true },
        { name: "description", label: "Notes", placeholder: "optional", lines: 2 },
      ],
      button: "Save",
      message: { type: "save_view" },
    });
  }

  #saveRows() {
    this.dialog.open({
      title: "Save rows as a subset",
      note: "The rows that the filter keeps become an artifact of their own. Pictures are shared, not copied, and the lineage leads back here.",
      fields: [
        { name: "name", label: "Name", value: this.state.names.rows ?? "", required: true },
        { name: "kind", label: "Type", value: "subset", required: true },
        { name: "description", label: "Notes", placeholder: "optional", lines: 2 },
      ],
      button: "Save",
      message: { type: "save_rows" },
    });
  }

  #tab(name, seen) {
    const click = () => this.send({ type: "tab", tab: name });
    return html("button", { class: "tab", type: "button", role: "tab", "aria-selected": String(name === seen), text: name, on: { click } });
  }

  update(state, changed) {
    const { parts, labels, tabs, tab } = (this.state = state);
    if (changed.has("outcome")) this.dialog.answered(state.outcome, (source) => this.send({ type: "source", ...source }));
    this.button.replaceChildren(icon(state.saves ? "bookmark" : "link"), state.saves ? "Save" : "Share", icon("down"));
    const list = html("ol", {}, parts.map((text) => html("li", { text, title: text })));
    list.lastElementChild?.setAttribute("aria-current", "page");
    const tags = labels.map((text) => html("span", { class: "tag", text, title: text }));
    const sides = tabs.length ? [html("div", { class: "tabs", role: "tablist" }, tabs.map((name) => this.#tab(name, tab)))] : [];
    this.nav.replaceChildren(list, ...tags, ...sides, ...(parts.length ? [this.button] : []));
    document.title = parts.length ? `${parts.at(-1)} · Vitrail` : "Vitrail";
  }

  remove() {
    this.dialog.remove();
  }
}

export default component(css, ["parts", "labels", "tabs", "tab", "saves", "names", "outcome"], Crumbs);
