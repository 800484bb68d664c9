// Bars that are clicked, and stretches of them that are brushed, in a head or in a cell.

import { svg } from "../dom.js";

const STARTS_PX = 3; // a shorter move is a click

/** The place of a bar under the hand, and which of the bars side by side there it is. */
function at(drawing, x) {
  const { steps, step, sides } = drawing.dataset;
  const box = drawing.getBoundingClientRect();
  const along = ((x - box.left) / box.width) * drawing.viewBox.baseVal.width;
  const raw = along / Number(step);
  const place = Math.max(0, Math.min(Number(steps) - 1, Math.floor(raw)));
  const side = Math.max(0, Math.min(Number(sides) - 1, Math.floor((raw - place) * Number(sides))));
  return { place, side, inside: raw >= 0 && raw < Number(steps) };
}

/** What marks a stretch of a drawing's bars: it can `show` another one, and be taken away. */
export function marker(drawing) {
  const step = Number(drawing.dataset.step);
  const mark = drawing.appendChild(svg("rect", { class: "brushed", y: "0", height: drawing.viewBox.baseVal.height }));
  return {
    show({ first, last }) {
      mark.setAttribute("x", first * step);
      mark.setAttribute("width", (last - first + 1) * step);
    },
    remove: () => mark.remove(),
  };
}

/** Stops the click that follows, which would open a row. */
function quieted() {
  const quiet = (event) => event.stopPropagation();
  addEventListener("click", quiet, { capture: true });
  setTimeout(() => removeEventListener("click", quiet, { capture: true }));
}

/**
 * Lets bars be brushed.
 *
 * @param {HTMLElement} within where the drawings are
 * @param {(drawing: SVGElement) => boolean} open whether a drawing's bars can be brushed
 * @param {(brush: {drawing: SVGElement, first: number, last: number, side: number|null}) => void} done `side` is
 *     which of the bars side by side was clicked; null for a stretch, or where there is one alone
 */
export function brushable(within, open, done) {
  within.addEventListener("pointerdown", (start) => {
    const drawing = start.target.closest?.("svg[data-steps]");
    if (!drawing || start.button || start.ctrlKey || start.metaKey || start.shiftKey || !open(drawing)) return;
    const from = at(drawing, start.clientX);
    if (!from.inside) return;
    start.stopPropagation();
    start.preventDefault();
    const mark = marker(drawing);
    let stretch = false;
    let to = from;
    const bars = () => ({ first: Math.min(from.place, to.place), last: Math.max(from.place, to.place) });
    mark.show(bars());
    const move = (event) => {
      stretch ||= Math.abs(event.clientX - start.clientX) > STARTS_PX;
      if (!stretch) return;
      to = at(drawing, event.clientX);
      mark.show(bars());
    };
    const stop = (event) => {
      for (const [name, listener] of heard) removeEventListener(name, listener, true);
      mark.remove();
      if (event.type !== "pointerup") return;
      quieted();
      const side = stretch || drawing.dataset.sides === "1" ? null : from.side;
      done({ drawing, ...bars(), side });
    };
    const heard = Object.entries({ pointermove: move, pointerup: stop, pointercancel: stop });
    for (const [name, listener] of heard) addEventListener(name, listener, true);
  }, { capture: true });
}
