// Where we are: project / artifact / table.

import { component } from "./component.js";
import { html } from "./dom.js";

const css = `
nav { display: flex; align-items: center; gap: 8px; min-width: 0; }
ol { display: flex; align-items: center; flex: 0 1 auto; min-width: 0; margin: 0; padding: 0; list-style: none; }
li { min-width: 24px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--vt-muted); }
li:last-child { color: var(--vt-fg); font-weight: 600; max-width: 24em; flex-shrink: .3; }
li + li::before { content: "/"; margin: 0 7px; color: var(--vt-line-strong); font-weight: 400; }
.tag { flex: 0 1 auto; min-width: 2.5em; max-width: 11em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 1px 7px; border: 1px solid var(--vt-line); border-radius: 99px; color: var(--vt-muted); font-size: 11.5px; }
.tabs { display: flex; flex: none; gap: 2px; margin-left: 14px; padding: 2px; border-radius: 8px; background: var(--vt-sunken); }
.tab { padding: 3px 11px; border-radius: 6px; color: var(--vt-muted); text-transform: capitalize; }
.tab:hover { color: var(--vt-fg); }
.tab[aria-selected="true"] { background: var(--vt-surface); color: var(--vt-fg); font-weight: 600; box-shadow: 0 0 0 1px var(--vt-line); }
`;

class Crumbs {
  constructor(root, send) {
    this.send = send;
    this.nav = html("nav", { "aria-label": "where you are" });
    root.append(this.nav);
  }

  #tab(name, seen) {
    const click = () => this.send({ type: "tab", tab: name });
    return html("button", { class: "tab", type: "button", role: "tab", "aria-selected": String(name === seen), text: name, on: { click } });
  }

  update({ parts, labels, tabs, tab }) {
    const list = html("ol", {}, parts.map((text) => html("li", { text, title: text })));
    list.lastElementChild?.setAttribute("aria-current", "page");
    const tags = labels.map((text) => html("span", { class: "tag", text, title: text }));
    const sides = tabs.length ? [html("div", { class: "tabs", role: "tablist" }, tabs.map((name) => this.#tab(name, tab)))] : [];
    this.nav.replaceChildren(list, ...tags, ...sides);
    document.title = parts.length ? `${parts.at(-1)} · Vitrail` : "Vitrail";
  }
}

export default component(css, ["parts", "labels", "tabs", "tab"], Crumbs);
