// A picture with its layers over it, as large as its box; zoomed, moved and pointed at where that is asked for.

import { local } from "../address.js";
import { html, icon } from "../dom.js";
import { drawBoxes, markAt } from "./boxes.js";
import { handle } from "./gestures.js";
import { idAt, paintMask, readMask } from "./masks.js";
import { Tip } from "./tip.js";

export class Stage {
  /**
   * @param {{src: string, width: number, height: number, label: string, layers: object[], name: Function,
   *     color: Function, known: Function, large: boolean}} picture
   * @param {View} view
   * @param {() => void} counted called when a mask's areas are known
   */
  constructor(picture, view, counted) {
    this.picture = picture;
    this.view = view;
    this.counted = counted;
    this.marks = picture.layers.filter(({ kind }) => kind === "boxes").flatMap((layer, style) => layer.boxes.map((box) => this.#mark(layer, box, style)));
    this.masks = picture.layers.filter(({ kind }) => kind === "mask").map((layer) => ({ layer, canvas: html("canvas", { class: "mask", "aria-hidden": "true" }), mask: null, painted: "" }));
    this.seen = []; // the marks that the settings leave to be seen
    this.pointed = null;
    this.shapes = html("canvas", { class: "shapes", "aria-hidden": "true" });
    this.image = html("img", { alt: picture.label, decoding: "async", draggable: "false", on: { error: () => this.#broken(), load: () => this.element.classList.add("loaded") } });
    this.element = html("div", { class: "stage" }, this.image, this.masks.map(({ canvas }) => canvas), this.shapes);
    this.resized = new ResizeObserver(() => this.redraw());
    this.changed = () => this.redraw();
    this.#load();
    if (picture.large) this.#handle();
  }

  #mark(layer, box, style) {
    const { color, name } = this.picture;
    const score = box.score === null ? "" : ` ${box.score.toFixed(2)}`;
    return { layer, box, style, color: color(box.id), text: name(box.id).slice(0, 40) + score };
  }

  #load() {
    const address = local(this.picture.src);
    if (address) this.image.src = address;
    else this.#broken();
    for (const entry of this.masks) if (entry.layer.src) this.#read(entry);
  }

  #broken() {
    this.element.classList.add("broken");
    this.image.remove();
    this.element.append(html("div", { class: "missing", role: "img", "aria-label": `${this.picture.label || "picture"}: cannot be shown`, title: "this picture cannot be shown" }, icon("picture"), this.picture.large ? html("span", { text: "this picture cannot be shown" }) : null));
  }

  async #read(entry) {
    try {
      entry.mask = await readMask(entry.layer.src, this.picture);
      this.show(this.settings);
    } catch (error) {
      entry.layer.failed = true;
      console.warn("vitrail: a mask could not be read:", error.message);
    }
    this.counted();
  }

  /** Follows its view and its own size until `rest`. */
  start() {
    this.resized.observe(this.element);
    this.view.addEventListener("change", this.changed);
  }

  rest() {
    this.resized.disconnect();
    this.view.removeEventListener("change", this.changed);
  }

  /** Shows what the settings leave to be seen. */
  show(settings) {
    this.settings = settings;
    if (!settings) return;
    this.seen = this.marks.filter(({ box, layer }) => !settings.layers.has(layer.key) && !settings.classes.has(String(box.id)) && (box.score === null || box.score >= settings.score));
    if (!this.seen.includes(this.pointed)) this.#leave();
    this.redraw();
  }

  // -- drawing --------------------------------------------------------------------------------

  /** Draws in the next frame, once. */
  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height || !this.settings) return;
    const { zoom, x, y } = this.view;
    this.image.style.transform = zoom > 1 ? `scale(${zoom}) translate(${-100 * x}%, ${-100 * y}%)` : "";
    this.element.classList.toggle("zoomed", zoom > 1);
    for (const entry of this.masks) this.#paint(entry, width, height);
    if (this.marks.length) this.#boxes(width, height);
  }

  #paint(entry, width, height) {
    const { canvas, layer, mask } = entry;
    const { layers, classes, opacity } = this.settings;
    canvas.hidden = !mask || layers.has(layer.key);
    canvas.style.opacity = opacity;
    if (canvas.hidden) return;
    const { color, known } = this.picture;
    const colors = new Map([...mask.areas.keys()].map((id) => [id, classes.has(String(id)) || (id === 0 && !known(0)) ? null : color(id)]));
    const { zoom, x, y } = this.view;
    const painted = JSON.stringify([width, height, devicePixelRatio, zoom, x, y, ...colors]);
    if (painted === entry.painted) return;
    entry.painted = painted;
    sized(canvas, width, height);
    paintMask(canvas, mask, this.view, (id) => colors.get(id));
  }

  #boxes(width, height) {
    sized(this.shapes, width, height);
    const context = this.shapes.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { large } = this.picture;
    drawBoxes(context, { marks: this.seen, size: { width, height }, at: (x, y) => this.#at(x, y), pointed: this.pointed, labels: large && this.settings.labels, large });
  }

  /** Where a point of the picture is on the stage, both in px. */
  #at(x, y) {
    const { zoom, x: left, y: top } = this.view;
    return [(x / this.picture.width - left) * zoom * this.element.clientWidth, (y / this.picture.height - top) * zoom * this.element.clientHeight];
  }

  // -- pointing -------------------------------------------------------------------------------

  #handle() {
    this.tip = new Tip(this);
    this.element.append(this.tip.element);
    handle(this.element, this.view);
    this.element.addEventListener("pointermove", (event) => this.#point(event));
    this.element.addEventListener("pointerleave", () => this.#leave());
    this.element.addEventListener("keydown", (event) => this.#step({ "[": -1, "]": 1 }[event.key], event));
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `${this.picture.label || "picture"}; plus and minus zoom, arrows move, 0 shows the whole, brackets go from box to box`);
  }

  #leave() {
    this.tip?.hide();
    if (this.pointed) this.redraw();
    this.pointed = null;
  }

  #point({ clientX, clientY }) {
    const area = this.element.getBoundingClientRect();
    const [left, top] = [clientX - area.left, clientY - area.top];
    const [x, y] = [this.view.x + left / area.width / this.view.zoom, this.view.y + top / area.height / this.view.zoom];
    const mark = markAt(this.seen, x * this.picture.width, y * this.picture.height);
    if (mark !== this.pointed) this.redraw();
    this.pointed = mark;
    if (mark) return this.tip.box(mark, left, top);
    const { classes } = this.settings;
    for (const { canvas, layer, mask } of this.masks.toReversed()) {
      const id = canvas.hidden ? 0 : idAt(mask, x, y);
      if ((id || (mask && this.picture.known(0))) && !canvas.hidden && !classes.has(String(id))) return this.tip.mask(id, layer, left, top);
    }
    this.tip.hide();
  }

  /** Points at the next box, or the one before. */
  #step(by, event) {
    if (!by || !this.seen.length) return;
    event.preventDefault();
    const at = this.seen.indexOf(this.pointed);
    this.pointed = this.seen.at(at < 0 ? Math.min(0, by) : (at + by) % this.seen.length);
    const { box } = this.pointed;
    this.tip.box(this.pointed, ...this.#at((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2));
    this.redraw();
  }
}

function sized(canvas, width, height) {
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * devicePixelRatio)));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}
