// A stretch of the bars in a head, chosen by keys as a hand would brush it.

import { marker } from "./brush.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const SPOKEN = ["tabindex", "role", "aria-label", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"];

export class ByBar {
  /**
   * @param {HTMLElement} place what holds the drawing, and takes the focus
   * @param {string} title what the bars are of
   * @param {(stretch: {first: number, last: number}) => void} done hears of a stretch that is to filter
   * @param {() => void} leave goes elsewhere
   */
  constructor(place, title, done, leave) {
    this.place = place;
    this.title = title;
    this.done = done;
    this.leave = leave;
    this.from = this.to = 0;
    place.addEventListener("keydown", (event) => this.#key(event));
    place.addEventListener("focus", () => this.#draw());
    place.addEventListener("blur", () => this.mark?.remove());
  }

  /** Follows what is drawn; without a drawing whose bars can be brushed, no key reaches the place. */
  update(drawing) {
    this.drawing = drawing;
    if (!drawing) return SPOKEN.forEach((name) => this.place.removeAttribute(name));
    this.bars = Number(drawing.dataset.steps);
    this.#move(this.from, this.to);
  }

  get #stretch() {
    return { first: Math.min(this.from, this.to), last: Math.max(this.from, this.to) };
  }

  #key(event) {
    if (!this.drawing || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    if (step) this.#move(event.shiftKey ? this.from : this.to + step, this.to + step);
    else if (event.key === "Enter" || event.key === " ") this.done(this.#stretch);
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(from, to) {
    const inside = (bar) => Math.max(0, Math.min(this.bars - 1, bar));
    [this.from, this.to] = [inside(from), inside(to)];
    const { first, last } = this.#stretch;
    const bars = first === last ? `bar ${first + 1}` : `bars ${first + 1} to ${last + 1}`;
    const values = ["0", "slider", `filter by the bars of ${this.title}`, 1, this.bars, this.to + 1, `${bars} of ${this.bars}`];
    SPOKEN.forEach((name, at) => this.place.setAttribute(name, values[at]));
    this.#draw();
  }

  #draw() {
    this.mark?.remove();
    if (!this.drawing || !this.place.matches(":focus-visible")) return;
    this.mark = marker(this.drawing);
    this.mark.show(this.#stretch);
  }
}
