// The lights of the lineage: a node under the pointer, or reached by key, with what it came of and what came of it.

import { component } from "./component.js";
import { html } from "./dom.js";

const NONE = -1; // the place of no node or edge
const MARK_PX = 16; // how far from a node's middle the pointer still means it
const LABEL_PX = 30; // how far below its label ends
const LETTER_PX = 3; // half of a letter's width
const STILL_PX = 4; // how far a click may move

const css = `
:host { height: auto; }
p { margin: 0; overflow-wrap: anywhere; }
`;

/** What can be reached from a place, along edges as [from, to]. */
function reached(start, edges) {
  const next = new Map();
  for (const [from, to] of edges) {
    if (!next.has(from)) next.set(from, []);
    next.get(from).push(to);
  }
  const seen = new Set([start]);
  for (const one of seen) for (const other of next.get(one) ?? []) seen.add(other);
  return seen;
}

/** Has the others be drawn faintly, or all as they are; here alone: the server is not told. */
function select(source, places) {
  const indices = places?.length === 0 ? [NONE] : places ?? [];
  source.selected.setv({ indices }, { sync: false });
}

/** A drawn graph: where its nodes are, and which belong together. */
class Graph {
  constructor(plot) {
    const [edges, nodes] = plot.model.renderers.map((renderer) => renderer.data_source);
    Object.assign(this, { plot, edges, nodes });
    const [sources, targets] = ["source", "target"].map((name) => [...edges.get_column(name)]);
    this.ends = sources.map((source, place) => [source, targets[place]]);
    for (const name of ["x", "y", "label", "title", "note"]) this[name] = [...nodes.get_column(name)];
  }

  light(place) {
    const lit = place < 0 ? null : this.#kin(place);
    const ends = this.ends.flatMap((both, edge) => (lit && both.every((end) => lit.has(end)) ? [edge] : []));
    select(this.nodes, lit && [...lit]);
    select(this.edges, lit && ends);
  }

  /** Writes the labels in a colour: Bokeh does not follow the page from light to dark. */
  write(color) {
    const { glyph, selection_glyph, nonselection_glyph } = this.plot.views.find_one(this.plot.model.renderers.at(-1));
    for (const each of [glyph, selection_glyph, nonselection_glyph]) each.model.setv({ text_color: { value: color } }, { sync: false });
  }

  #kin(place) {
    const back = this.ends.map(([source, target]) => [target, source]);
    return new Set([...reached(place, this.ends), ...reached(place, back)]);
  }

  /** Where a node is, in px from the left and the top of the plot. */
  #at(place) {
    const { x_range, y_range } = this.plot.model;
    const { left, top, width, height } = this.plot.frame.bbox;
    return [
      left + (width * (this.x[place] - x_range.start)) / (x_range.end - x_range.start),
      top + (height * (y_range.end - this.y[place])) / (y_range.end - y_range.start),
    ];
  }

  /** The node at a place of the screen; -1 where there is none. */
  under(clientX, clientY) {
    const box = this.plot.el.getBoundingClientRect();
    let [found, nearest] = [-1, Infinity];
    for (let place = 0; place < this.x.length; place++) {
      const [x, y] = this.#at(place);
      const [aside, below] = [Math.abs(clientX - box.left - x), clientY - box.top - y];
      const wide = below > MARK_PX ? LETTER_PX * this.label[place].length : MARK_PX;
      const away = aside + Math.abs(below);
      if (aside <= wide && below >= -MARK_PX && below <= LABEL_PX && away < nearest) [found, nearest] = [place, away];
    }
    return found;
  }

  /** The nearest node on a side of another, one that it is joined to if there is one; itself where there is none. */
  beside(place, right, up) {
    const joined = new Set(this.ends.flatMap(([from, to]) => (from === place ? [to] : to === place ? [from] : [])));
    const away = (other) => {
      const [x, y] = [this.x[other] - this.x[place], this.y[other] - this.y[place]];
      if ((right ? right * x : up * y) <= 0 || (up && x !== 0)) return Infinity;
      return Math.abs(x) + Math.abs(y) + (right && !joined.has(other) ? 1e9 : 0);
    };
    return this.x.reduce((best, _, other) => (away(other) < away(best) ? other : best), place);
  }

  /** Moves the plot until a node is seen. */
  show(place) {
    for (const [range, value] of [[this.plot.model.x_range, this.x[place]], [this.plot.model.y_range, this.y[place]]]) {
      const half = (range.end - range.start) / 2;
      if (Math.abs(value - range.start - half) > 0.9 * half) range.setv({ start: value - half, end: value + half });
    }
  }
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class Lights {
  #graph = null;
  #at = 0;
  #shown = null;
  #ends = new AbortController();

  constructor(root, send) {
    this.send = send;
    this.text = html("p", { class: "said" });
    this.text.setAttribute("role", "status");
    root.append(this.text);
  }

  update({ figure, chosen, said }, changed) {
    Object.assign(this, { chosen, said });
    if (changed.has("figure")) this.#follow(figure);
    else this.#light(chosen);
    if (chosen >= 0) this.#at = chosen;
    this.text.textContent = said;
  }

  remove() {
    this.#ends.abort();
  }

  /** Waits until Bokeh has drawn a figure. */
  #follow(figure) {
    this.#ends.abort();
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.#graph = null;
    const look = () => {
      if (signal.aborted || !figure) return;
      const plot = globalThis.Bokeh?.index.find_one_by_id(figure);
      if (plot?.frame?.bbox.width > 0) this.#take(plot, signal);
      else requestAnimationFrame(look);
    };
    look();
  }

  #take(plot, signal) {
    this.#graph = new Graph(plot);
    this.#shown = -1;
    this.#at = Math.max(this.chosen, 0);
    this.#light(this.chosen);
    this.#followInk(signal);
    const el = plot.canvas_view.events_el;
    el.tabIndex = 0;
    el.setAttribute("role", "application");
    el.setAttribute("aria-label", "lineage: the arrows go from node to node, enter chooses one");
    const on = (type, heard) => el.addEventListener(type, heard, { signal });
    let down = [0, 0];
    on("pointerdown", ({ clientX, clientY }) => (down = [clientX, clientY]));
    on("pointermove", (event) => event.buttons || this.#light(this.#under(event)));
    on("pointerleave", () => this.#light(this.chosen));
    on("click", (event) => {
      const moved = Math.hypot(event.clientX - down[0], event.clientY - down[1]);
      const place = this.#graph.under(event.clientX, event.clientY);
      if (moved <= STILL_PX && place >= 0) this.send({ type: "node", place });
    });
    on("keydown", (event) => this.#press(event));
    el.style.outlineOffset = "-2px";
    on("focus", () => {
      const byKey = el.matches(":focus-visible");
      el.style.outline = byKey ? "2px solid var(--vt-accent)" : "none";
      if (byKey) this.#reach(this.#at);
    });
    on("blur", () => this.#light(this.chosen));
  }

  #followInk(signal) {
    const write = () => {
      if (signal.aborted) return;
      if (this.text.checkVisibility()) this.#graph.write(getComputedStyle(this.text).color);
      else requestAnimationFrame(write); // the text comes into the page after the plot
    };
    const worn = new MutationObserver(write);
    worn.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => worn.disconnect());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", write, { signal });
    write();
  }

  #under({ clientX, clientY }) {
    const place = this.#graph.under(clientX, clientY);
    return place >= 0 ? place : this.chosen;
  }

  #press(event) {
    const move = MOVES[event.key];
    if (move) this.#reach(this.#graph.beside(this.#at, ...move));
    else if (event.key === "Enter" || event.key === " ") this.send({ type: "node", place: this.#at });
    else if (event.key === "Escape") this.send({ type: "node", place: -1 });
    else return;
    event.preventDefault();
  }

  /** Comes to a node by key. */
  #reach(place) {
    if (!this.#graph.x.length) return; // of an empty store
    this.#at = place;
    this.#light(place);
    this.#graph.show(place);
    this.text.textContent = `${this.#graph.title[place]}: ${this.#graph.note[place]}`;
  }

  #light(place) {
    if (!this.#graph || place === this.#shown) return;
    this.#shown = place;
    this.#graph.light(place);
  }
}

export default component(css, ["figure", "chosen", "said"], Lights);
