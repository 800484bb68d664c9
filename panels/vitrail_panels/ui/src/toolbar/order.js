// Chips that can be put in another order, by hand and by key.

const STARTS_PX = 5; // a shorter move is a click
const BY_KEY = { ArrowLeft: -1, ArrowRight: 1 };

function moved(all, from, to) {
  const rest = all.filter((_, place) => place !== from);
  return [...rest.slice(0, to), all[from], ...rest.slice(to)];
}

/**
 * Lets a chip be dragged among its siblings, and moved with alt and the arrows.
 *
 * @template Key
 * @param {HTMLElement} chip
 * @param {number} index its place
 * @param {Key[]} all what the chips are of
 * @param {(all: Key[]) => void} done hears the new order
 * @returns {HTMLElement} the chip
 */
export function orderable(chip, index, all, done) {
  if (all.length < 2) return chip;
  chip.dataset.place = index;
  chip.title = `${chip.title}\ndrag it, or press alt and an arrow, to put it in another place`;
  chip.addEventListener("keydown", (event) => {
    const to = index + (BY_KEY[event.key] ?? 0);
    if (!event.altKey || to === index || to < 0 || to >= all.length) return;
    event.preventDefault();
    event.stopPropagation();
    done(moved(all, index, to));
  });
  chip.addEventListener("pointerdown", (start) => {
    if (start.button || start.target.closest(".remove")) return;
    let to = null;
    const move = (event) => {
      if (to === null && Math.abs(event.clientX - start.clientX) < STARTS_PX) return;
      chip.classList.add("dragged");
      const others = [...chip.parentElement.querySelectorAll("[data-place]")].filter((each) => each !== chip);
      to = others.filter((each) => {
        const box = each.getBoundingClientRect();
        return box.left + box.width / 2 < event.clientX;
      }).length;
    };
    const stop = (event) => {
      for (const [name, listener] of heard) removeEventListener(name, listener);
      chip.classList.remove("dragged");
      if (to === null || event.type === "pointercancel") return;
      const quiet = (click) => click.stopPropagation(); // the click that follows would turn the order
      addEventListener("click", quiet, { capture: true });
      setTimeout(() => removeEventListener("click", quiet, { capture: true }));
      if (to !== index) done(moved(all, index, to));
    };
    const heard = Object.entries({ pointermove: move, pointerup: stop, pointercancel: stop });
    for (const [name, listener] of heard) addEventListener(name, listener);
  });
  return chip;
}
