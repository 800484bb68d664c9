// A picture with its layers over it, as large as its box; zoomed and moved where that is asked for.

import { local } from "../address.js";
import { html, icon, svg } from "../dom.js";
import { paintMask, readMask } from "./masks.js";

const DASHES = ["", "7 4", "2 3"];
const NEAREST = 1;
const FARTHEST = 40;

export class Stage {
  /**
   * @param {{src: string, width: number, height: number, label: string, layers: object[], name: Function,
   *     color: Function, known: Function, large: boolean}} picture
   * @param {() => void} counted called when a mask's areas are known
   */
  constructor(picture, counted) {
    this.picture = picture;
    this.counted = counted;
    this.marks = []; // {element, box, layer}
    this.masks = []; // {canvas, layer, mask}
    this.zoom = 1;
    this.x = 0;
    this.y = 0;
    this.space = html("div", { class: "space" });
    this.element = html("div", { class: "stage" }, this.space);
    this.#fill();
    if (picture.large) this.#handle();
  }

  #fill() {
    const { src, width, height, label, layers } = this.picture;
    this.image = html("img", { alt: label, decoding: "async", draggable: "false", on: { error: () => this.#broken(), load: () => this.element.classList.add("loaded") } });
    this.shapes = svg("svg", { class: "shapes", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
    this.labels = html("div", { class: "labels", "aria-hidden": "true" });
    this.space.append(this.image);
    for (const layer of layers) if (layer.kind === "mask") this.#mask(layer);
    this.space.append(this.shapes, this.labels);
    const drawn = layers.filter(({ kind }) => kind === "boxes");
    drawn.forEach((layer, place) => layer.boxes.forEach((box) => this.#box(layer, box, DASHES[place % DASHES.length])));
    const address = local(src);
    if (address) this.image.src = address;
    else this.#broken();
  }

  #broken() {
    this.element.classList.add("broken");
    this.image.remove();
    this.element.append(html("div", { class: "missing", role: "img", "aria-label": `${this.picture.label || "picture"}: cannot be shown`, title: "this picture cannot be shown" }, icon("picture"), this.picture.large ? html("span", { text: "this picture cannot be shown" }) : null));
  }

  async #mask(layer) {
    const canvas = html("canvas", { class: "mask", "aria-hidden": "true" });
    const entry = { canvas, layer, mask: null };
    this.masks.push(entry);
    this.space.append(canvas);
    if (!layer.src) return;
    try {
      entry.mask = await readMask(layer.src);
      this.show(this.settings);
      this.counted();
    } catch (error) {
      layer.failed = true;
      this.counted();
      console.warn("vitrail: a mask could not be read:", error.message);
    }
  }

  #box(layer, box, dash) {
    const { width, height, color, name, large } = this.picture;
    const own = color(box.id);
    const at = { x: box.x0, y: box.y0, width: box.x1 - box.x0, height: box.y1 - box.y0 };
    const shape = svg("g", { class: "box" }, svg("rect", { class: "halo", ...at }), svg("rect", { class: "line", ...at, stroke: own, "stroke-dasharray": dash || undefined }));
    this.shapes.append(shape);
    const mark = { shape, box, layer, label: null };
    if (large) {
      const score = box.score === null ? "" : ` ${box.score.toFixed(2)}`;
      mark.label = html("span", { class: "label", text: name(box.id) + score });
      mark.label.style.setProperty("--color", own);
      mark.label.style.left = `${(100 * box.x0) / width}%`;
      mark.label.style.top = `${(100 * box.y0) / height}%`;
      mark.label.classList.toggle("inside", box.y0 < height * 0.08);
      this.labels.append(mark.label);
      shape.mark = mark;
    }
    this.marks.push(mark);
  }

  /** Shows what the settings leave to be seen. */
  show(settings) {
    this.settings = settings;
    if (!settings) return;
    const hidden = (id) => settings.classes.has(String(id));
    for (const { shape, label, box, layer } of this.marks) {
      const seen = !settings.layers.has(layer.key) && !hidden(box.id) && (box.score === null || box.score >= settings.score);
      shape.style.display = seen ? "" : "none";
      if (label) label.hidden = !seen;
    }
    const { color, known } = this.picture;
    for (const { canvas, layer, mask } of this.masks) {
      canvas.hidden = !mask || settings.layers.has(layer.key);
      canvas.style.opacity = settings.opacity;
      if (!canvas.hidden) paintMask(canvas, mask, (id) => (hidden(id) || (id === 0 && !known(0)) ? null : color(id)));
    }
  }

  // -- zoom -----------------------------------------------------------------------------------

  #handle() {
    this.tip = html("div", { class: "tip", hidden: true });
    this.element.append(this.tip);
    this.element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.#drag(event));
    this.element.addEventListener("dblclick", () => this.fit());
    this.shapes.addEventListener("pointermove", (event) => this.#point(event));
    this.shapes.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `${this.picture.label || "picture"}; plus and minus zoom, arrows move, 0 shows the whole`);
  }

  #place() {
    const { clientWidth: width, clientHeight: height } = this.element;
    this.x = Math.max(width - width * this.zoom, Math.min(0, this.x));
    this.y = Math.max(height - height * this.zoom, Math.min(0, this.y));
    this.space.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.zoom})`;
    this.space.style.setProperty("--zoom", this.zoom);
    this.element.classList.toggle("zoomed", this.zoom > 1);
  }

  /** Enlarges by `factor`; the point at x, y px of the stage stays where it is. */
  enlarge(factor, x = this.element.clientWidth / 2, y = this.element.clientHeight / 2) {
    const zoom = Math.max(NEAREST, Math.min(FARTHEST, this.zoom * factor));
    this.x = x - ((x - this.x) * zoom) / this.zoom;
    this.y = y - ((y - this.y) * zoom) / this.zoom;
    this.zoom = zoom;
    this.#place();
  }

  /** Shows the whole picture. */
  fit() {
    this.zoom = 1;
    this.#place();
  }

  #wheel(event) {
    event.preventDefault();
    const box = this.element.getBoundingClientRect();
    this.enlarge(Math.exp(-event.deltaY * 0.0018), event.clientX - box.left, event.clientY - box.top);
  }

  #drag(start) {
    if (start.button !== 0 || this.zoom === 1) return;
    const [fromX, fromY] = [this.x - start.clientX, this.y - start.clientY];
    const move = (event) => {
      this.x = fromX + event.clientX;
      this.y = fromY + event.clientY;
      this.#place();
    };
    this.element.setPointerCapture(start.pointerId);
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("lostpointercapture", () => this.element.removeEventListener("pointermove", move), { once: true });
  }

  #key(event) {
    const by = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (event.key === "+" || event.key === "=") this.enlarge(1.25);
    else if (event.key === "-") this.enlarge(0.8);
    else if (event.key === "0") this.fit();
    else if (by && this.zoom > 1) {
      this.x += by[0];
      this.y += by[1];
      this.#place();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #point(event) {
    const mark = event.target.closest?.(".box")?.mark;
    this.tip.hidden = !mark;
    if (!mark) return;
    const { box, layer } = mark;
    const more = box.scores.filter(([, value]) => value !== box.score).slice(0, 8);
    this.tip.replaceChildren(
      html("b", { text: this.picture.name(box.id) }),
      html("span", { text: [layer.name, box.score === null ? "" : `score ${box.score.toFixed(3)}`].filter(Boolean).join(" · ") }),
      ...more.map(([name, value]) => html("span", { text: `${name} ${Number(value.toFixed(4))}` })),
      ...(box.caption ? [html("span", { text: box.caption })] : []),
    );
    const area = this.element.getBoundingClientRect();
    const right = event.clientX - area.left > area.width / 2;
    this.tip.style.left = right ? "auto" : `${event.clientX - area.left + 14}px`;
    this.tip.style.right = right ? `${area.right - event.clientX + 14}px` : "auto";
    this.tip.style.top = `${Math.min(event.clientY - area.top + 12, Math.max(0, area.height - this.tip.offsetHeight - 4))}px`;
  }
}
