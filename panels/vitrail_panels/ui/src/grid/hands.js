// What hands do to a head: drag its edge to make the column wider, drag the head to move the column.

import { html } from "../dom.js";

const STARTS_PX = 6; // a shorter move is a click

/** The edge of a head; `columns.resize` follows the hand, `done(width)` is called when it lets go. */
export function edge(columns, column, { done, fit }) {
  const down = (start) => {
    if (start.button) return;
    const from = columns.width(column) - start.clientX;
    const handle = start.currentTarget;
    let width = null;
    const move = (event) => (width = columns.resize(column, from + event.clientX));
    handle.setPointerCapture(start.pointerId);
    handle.addEventListener("pointermove", move);
    const end = () => {
      handle.removeEventListener("pointermove", move);
      if (width !== null) done(width);
    };
    handle.addEventListener("lostpointercapture", end, { once: true });
    start.preventDefault();
    start.stopPropagation();
  };
  const title = "drag to make the column wider, double click to fit it (alt and arrows on its title)";
  return html("div", { class: "edge", "aria-hidden": "true", title, on: { pointerdown: down, dblclick: fit } });
}

/** Stops the click that follows a drag, which would sort. */
function quieted() {
  const quiet = (event) => event.stopPropagation();
  addEventListener("click", quiet, { capture: true });
  setTimeout(() => removeEventListener("click", quiet, { capture: true }));
}

/**
 * Lets a head be dragged to another place.
 *
 * @param {HTMLElement} head
 * @param {(before: string|null) => void} dropped the column that it is put before; null for the end
 */
export function draggable(head, dropped) {
  const heads = () => [...head.parentElement.querySelectorAll(".head")];
  const over = (x) => heads().find((each) => x < each.getBoundingClientRect().left + each.offsetWidth / 2) ?? null;
  const mark = (target) => {
    const all = heads();
    all.forEach((each) => each.classList.remove("drop", "drop-after"));
    if (target === undefined) return;
    if (target) target.classList.add("drop");
    else all.at(-1)?.classList.add("drop-after");
  };
  head.addEventListener("pointerdown", (start) => {
    if (start.button || start.target.closest(".more,.edge,input,label")) return;
    let moved = false;
    let target;
    const move = (event) => {
      if (!moved && Math.abs(event.clientX - start.clientX) < STARTS_PX) return;
      moved = true;
      head.classList.add("dragged");
      target = over(event.clientX);
      mark(target);
    };
    const stop = (event) => {
      for (const [name, listener] of heard) removeEventListener(name, listener);
      head.classList.remove("dragged");
      mark();
      if (!moved || event.type === "pointercancel") return;
      quieted();
      if (target !== head && target !== head.nextElementSibling) dropped(target?.dataset.column ?? null);
    };
    const heard = Object.entries({ pointermove: move, pointerup: stop, pointercancel: stop });
    for (const [name, listener] of heard) addEventListener(name, listener);
  });
}
