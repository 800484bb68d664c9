// The saved views: each a link to what it shows, with a menu to rename and delete it.

import { html, icon } from "../dom.js";
import { openMenu } from "../menu.js";

const SHOWN = 12; // views that are shown at first

const address = (query) => new URL(`?${query}`, location.href.split(/[?#]/)[0]).href;

export class Views {
  constructor(dialog, send) {
    this.dialog = dialog;
    this.send = send;
    this.whole = false;
  }

  /** The section as elements, of the views whose names hold the letters; none where there is no view. */
  section(state, wanted) {
    this.state = state;
    const found = state.views.filter(({ name }) => `view ${name}`.toLowerCase().includes(wanted));
    if (!found.length) return [];
    const shown = this.whole || wanted ? found : found.slice(0, SHOWN);
    const list = html("ul", {}, shown.map((view) => this.#view(view)));
    if (shown.length < found.length) list.append(html("li", {}, this.#more(list, found)));
    return [html("section", { class: "views", "aria-label": "saved views" }, html("h3", { text: "Views" }), list)];
  }

  #more(list, found) {
    const show = () => {
      this.whole = true;
      list.replaceChildren(...found.map((view) => this.#view(view)));
    };
    return html("button", { class: "more", type: "button", text: `${found.length - SHOWN} more`, on: { click: show } });
  }

  #open(event, name, version) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab or window of its own
    event.preventDefault();
    this.send({ type: "view", name, version });
  }

  #view({ name, versions }) {
    const [newest] = versions;
    const current = versions.some(({ query }) => query === this.state.shown);
    const menu = html("button", { class: "menu-of", type: "button", "data-key": `m ${name}`, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `more on the view ${name}`, on: { click: () => this.#menu(menu, name, versions) } }, icon("more"));
    return html(
      "li",
      { class: "line" },
      html(
        "a",
        { class: "pick", href: address(newest.query), "data-key": `w ${name}`, "aria-current": current ? "true" : undefined, title: name, on: { click: (event) => this.#open(event, name, newest.version) } },
        icon("bookmark"),
        html("span", { class: "text", text: name }),
        versions.length > 1 && html("span", { class: "count", text: newest.version, title: `${versions.length} versions` }),
      ),
      menu,
    );
  }

  #menu(anchor, name, versions) {
    const older = versions.length > 1 ? [{ heading: "Versions" }, ...versions.map((one) => this.#version(name, one)), "-"] : [];
    const changes = this.state.changes
      ? [
          { label: "Rename…", icon: "pen", choose: () => this.#rename(name) },
          { label: "Delete…", icon: "bin", choose: () => this.#delete(name, versions.length) },
        ]
      : [];
    const copy = { label: "Copy link", icon: "link", choose: () => this.dialog.copy(address(versions[0].query)) };
    openMenu(anchor, `the view ${name}`, [...older, copy, ...changes]);
  }

  #version(name, { version, query, created }) {
    const open = () => this.send({ type: "view", name, version });
    return { label: version, note: String(created ?? "").slice(0, 10), checked: query === this.state.shown, choose: open };
  }

  #rename(name) {
    this.dialog.open({
      title: "Rename view",
      note: "Links that were shared still open what they show.",
      fields: [{ name: "new", label: "Name", value: name, required: true }],
      button: "Rename",
      message: { type: "rename_view", name },
    });
  }

  #delete(name, versions) {
    this.dialog.open({
      title: `Delete the view ${name}?`,
      note: `${versions > 1 ? `Its ${versions} versions are deleted. ` : ""}The tables that it shows stay, and links that were shared still open.`,
      button: "Delete",
      danger: true,
      message: { type: "delete_view", name },
    });
  }
}
