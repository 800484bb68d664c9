// The stored artifacts: types, names, versions, entries.

import { component } from "../component.js";
import { Dialog, dialogCss } from "../dialog.js";
import { count, html, icon } from "../dom.js";
import css from "./sidebar.css";
import { Views } from "./views.js";

const LONG = 8; // names from which on a search box helps
const VERSIONS = 12; // versions of a name that are shown at first

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

const opens = (entry) => String(entry.kind ?? "").endsWith("table");
const idOf = (name, version) => `${name}:${version}`;

function dayOf(created) {
  const day = new Date(created);
  if (Number.isNaN(day.getTime())) return "";
  const options = { month: "short", day: "numeric" };
  if (day.getFullYear() !== new Date().getFullYear()) options.year = "numeric";
  return day.toLocaleDateString("en", options);
}

const folded = (at) => at.getAttribute("aria-expanded") === "false";

/** What an arrow to the right reaches: itself where it unfolds. */
function inward(at) {
  if (!at.matches(".fold")) return at.matches(".pick") ? at.closest(".line").querySelector(".compare, .menu-of") : null;
  return folded(at) ? at : at.nextElementSibling.querySelector("button:not([disabled])");
}

/** What an arrow to the left reaches: itself where it folds. */
function outward(at) {
  if (at.matches(".fold")) return folded(at) ? null : at;
  return at.matches(".compare, .menu-of") ? at.closest(".line").querySelector(".pick") : at.closest(".name")?.querySelector(".fold");
}

class Sidebar {
  constructor(root, send) {
    this.send = send;
    this.unfolded = new Map(); // name -> whether it is, once somebody has said so
    this.whole = new Set();
    this.search = html("input", { type: "search", class: "search", placeholder: "Find an artifact", "aria-label": "find an artifact", autocomplete: "off", spellcheck: "false", on: { input: () => this.#draw() } });
    this.list = html("div", { class: "list" });
    this.dialog = new Dialog(root, send);
    this.views = new Views(this.dialog, send);
    const keys = { keydown: (event) => this.#key(event) };
    root.append(html("nav", { "aria-label": "artifacts", on: keys }, html("div", { class: "find" }, icon("search"), this.search), this.list));
  }

  update(state, changed) {
    this.state = state;
    if (changed.has("outcome")) this.dialog.answered(state.outcome);
    const names = state.views.length + state.tree.reduce((sum, { names: some }) => sum + some.length, 0);
    this.search.parentElement.hidden = names < LONG;
    this.#draw();
    this.#reveal();
  }

  /** Brings the version that is open into sight, once. */
  #reveal() {
    const at = this.list.querySelector(".pick[aria-current]");
    const { artifact } = this.state.current;
    if (!at || artifact === this.revealed) return;
    at.scrollIntoView({ block: "nearest" });
    this.revealed = artifact;
  }

  /** Arrows go up and down the list; to the right they unfold a name or reach what stands beside, to the left back. */
  #key(event) {
    const at = event.target;
    const to = STEPS[event.key] ? this.#beside(at, STEPS[event.key]) : { ArrowRight: inward, ArrowLeft: outward }[event.key]?.(at);
    if (!to) return;
    if (to === at) at.click();
    else to.focus();
    event.preventDefault();
  }

  #beside(at, step) {
    const all = [this.search, ...this.list.querySelectorAll("a[href], button:not([disabled], .compare, .menu-of)")].filter((each) => each.offsetParent);
    return all[all.indexOf(at.closest(".line")?.querySelector(".pick") ?? at) + step];
  }

  #draw() {
    const focused = this.list.getRootNode().activeElement?.dataset?.key;
    const wanted = this.search.value.trim().toLowerCase();
    const types = this.state.tree
      .map((type) => ({ ...type, names: type.names.filter((each) => `${type.type} ${each.name}`.toLowerCase().includes(wanted)) }))
      .filter((type) => type.names.length);
    const views = this.views.section(this.state, wanted);
    this.list.replaceChildren(...views, ...types.map((type) => this.#type(type, types.length === 1 && type.names.length === 1)));
    if (!types.length && !views.length) this.list.append(this.#nothing(wanted));
    if (focused) [...this.list.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focused)?.focus();
  }

  #nothing(wanted) {
    const [title, hint] = wanted
      ? ["Nothing found", "No type or name holds these letters."]
      : ["Nothing is stored yet", "Log a table from Python, and it appears here."];
    return html("div", { class: "nothing" }, html("b", { text: title }), html("span", { text: hint }));
  }

  #type(type, only) {
    return html(
      "section",
      { "aria-label": type.type },
      html("h3", { text: type.type }),
      type.names.map((each) => this.#name(each, only)),
    );
  }

  #isCurrent(name, version) {
    const { artifact } = this.state.current;
    return artifact === idOf(name, version.version) || (version.aliases ?? []).some((alias) => artifact === idOf(name, alias));
  }

  #isCompared(name, version) {
    const names = [version.version, ...(version.aliases ?? [])].map((label) => idOf(name, label));
    return this.state.compared.some((artifact) => names.includes(artifact));
  }

  #name({ name, versions }, only) {
    const holds = versions.some((version) => this.#isCurrent(name, version));
    const open = this.unfolded.get(name) ?? (holds || only);
    const newest = versions.find((version) => version.entries?.some(opens));
    const fold = () => {
      const first = !this.state.current.artifact && newest; // whoever sees nothing yet wants to see it
      this.unfolded.set(name, Boolean(first) || !open);
      if (first) this.send({ type: "source", artifact: idOf(name, first.version), entry: first.entries.find(opens).name });
      this.#draw();
    };
    const shown = this.whole.has(name) ? versions : versions.slice(0, VERSIONS);
    return html(
      "div",
      { class: "name" },
      html(
        "button",
        { class: `fold ${holds ? "holds" : ""}`, type: "button", "data-key": `n ${name}`, "aria-expanded": String(open), title: name, on: { click: fold } },
        icon(open ? "down" : "right"),
        html("span", { class: "text", text: name }),
        html("span", { class: "count", text: count(versions.length), title: `${count(versions.length)} versions` }),
      ),
      open && html("ul", {}, shown.map((version) => this.#version(name, version)), shown.length < versions.length && this.#more(name, versions.length - shown.length)),
    );
  }

  #more(name, left) {
    const show = () => {
      this.whole.add(name);
      this.#draw();
    };
    return html("li", {}, html("button", { class: "more", type: "button", text: `${count(left)} older`, on: { click: show } }));
  }

  #version(name, version) {
    const artifact = idOf(name, version.version);
    const entries = version.entries ?? [];
    const first = entries.find(opens);
    const current = this.#isCurrent(name, version);
    const shown = first ?? entries[0];
    const open = () => shown && this.send({ type: "source", artifact, entry: shown.name });
    return html(
      "li",
      { class: "version" },
      html(
        "div",
        { class: "line" },
        html(
          "button",
          { class: "pick", type: "button", "data-key": `v ${artifact}`, disabled: !shown, "aria-current": current ? "true" : undefined, title: `${artifact}\n${version.created ?? ""}`, on: { click: open } },
          html("span", { class: "number", text: version.version }),
          html("span", { class: "aliases" }, (version.aliases ?? []).map((alias) => html("span", { class: "alias", text: alias }))),
          html("time", { datetime: version.created ?? "", text: dayOf(version.created) }),
        ),
        first && !current && this.#compare(name, version, artifact, first),
      ),
      (current || this.#isCompared(name, version)) && entries.length > 1
        ? html("ul", { class: "entries" }, entries.map((entry) => this.#entry(artifact, entry, current)))
        : null,
    );
  }

  #compare(name, version, artifact, first) {
    const { entry: open, artifact: source } = this.state.current;
    if (!source) return null;
    const entry = version.entries.find((each) => each.name === open && opens(each)) ?? first;
    const pressed = this.#isCompared(name, version);
    const label = `${pressed ? "compared" : "compare"} with ${artifact}`;
    return html(
      "button",
      { class: "compare", type: "button", "data-key": `c ${artifact}`, "aria-pressed": String(pressed), "aria-label": label, title: pressed ? `stop comparing with ${artifact}` : label, on: { click: () => this.send({ type: "compare", artifact, entry: entry.name }) } },
      icon(pressed ? "check" : "compare"),
      html("span", { text: pressed ? "compared" : "compare" }),
    );
  }

  #entry(artifact, entry, ofCurrent) {
    const here = ofCurrent && entry.name === this.state.current.entry;
    const pick = () => this.send({ type: "source", artifact, entry: entry.name });
    return html(
      "li",
      {},
      html(
        "button",
        { class: "entry", type: "button", "data-key": `e ${artifact} ${entry.name}`, disabled: !opens(entry), "aria-current": here ? "true" : undefined, title: `${entry.name} (${entry.kind})`, on: { click: pick } },
        icon(opens(entry) ? "table" : "picture"),
        html("span", { class: "text", text: entry.name }),
        html("span", { class: "count", text: Number.isFinite(entry.rows) ? count(entry.rows) : (entry.kind ?? "") }),
      ),
    );
  }
}

export default component(css + dialogCss, ["tree", "current", "compared", "views", "shown", "changes", "outcome"], Sidebar);
