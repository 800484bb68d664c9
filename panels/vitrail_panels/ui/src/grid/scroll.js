// A scrollbar for any number of pixels. Browsers clamp an element's height (Chrome at 33.5 million px,
// others near 17), so the spacer stops at 8 million and the middle of the table is squeezed into it.

const LONGEST_PX = 8_000_000;
const EDGE_PX = 1_000_000; // at both ends of the spacer a pixel is a pixel, so that they are exact
const NEAR_PX = 3_000; // a shorter move of the scrollbar is a wheel's or a key's: taken as it is
const IDLE_MS = 150;

export class Scroll {
  /**
   * @param {HTMLElement} box what scrolls
   * @param {() => void} moved called when `top` is another
   */
  constructor(box, moved) {
    this.box = box;
    this.moved = moved;
    this.top = 0; // px from the first row to the upper edge of what is seen, exact to 2^53
    this.length = 0; // px of all rows
    this.window = 0; // px of rows that are seen at once
    this.last = 0;
    box.addEventListener("scroll", () => this.#follow(), { passive: true });
  }

  /** px that the spacer must be high. */
  get spacer() {
    return Math.min(this.length, LONGEST_PX);
  }

  get #furthest() {
    return Math.max(0, this.length - this.window);
  }

  get #range() {
    return Math.max(0, this.spacer - this.window);
  }

  get #squeezed() {
    return this.length > LONGEST_PX;
  }

  #toBar(top) {
    const [far, range] = [this.#furthest, this.#range];
    if (!this.#squeezed || top <= EDGE_PX) return top;
    if (top >= far - EDGE_PX) return range - (far - top);
    return EDGE_PX + ((top - EDGE_PX) * (range - 2 * EDGE_PX)) / (far - 2 * EDGE_PX);
  }

  #fromBar(at) {
    const [far, range] = [this.#furthest, this.#range];
    if (!this.#squeezed || at <= EDGE_PX) return at;
    if (at >= range - EDGE_PX) return far - (range - at);
    return EDGE_PX + ((at - EDGE_PX) * (far - 2 * EDGE_PX)) / (range - 2 * EDGE_PX);
  }

  #clamp(top) {
    return Math.max(0, Math.min(this.#furthest, top));
  }

  #follow() {
    const at = this.box.scrollTop;
    const by = at - this.last;
    if (by === 0) return;
    this.last = at;
    const ended = at <= 0 || at >= this.#range;
    const small = this.#squeezed && Math.abs(by) < NEAR_PX && !ended;
    this.top = this.#clamp(small ? this.top + by : this.#fromBar(at));
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.#settle(), IDLE_MS);
    this.moved();
  }

  /** Puts the scrollbar where it belongs, without moving the rows. */
  #settle() {
    const at = Math.round(this.#toBar(this.top));
    if (Math.abs(this.box.scrollTop - at) >= 1) this.box.scrollTop = at;
    this.last = this.box.scrollTop;
  }

  /** Takes new measures and keeps the place, as far as there is still one. */
  resize(length, window) {
    this.length = length;
    this.window = window;
    this.top = this.#clamp(this.top);
  }

  /** Shows the rows from `top` px on. */
  to(top) {
    this.top = this.#clamp(top);
    this.#settle();
    this.moved();
  }

  stop() {
    clearTimeout(this.idle);
  }
}
