// What is seen of a picture: how much it is enlarged, and which of its points is at the upper left.

const FARTHEST = 40;

export class View extends EventTarget {
  zoom = 1;
  x = 0; // shares of the picture
  y = 0;

  /** Enlarges by `factor`; the point at `atX`, `atY`, shares of the stage, stays where it is. */
  enlarge(factor, atX = 0.5, atY = 0.5) {
    const zoom = Math.max(1, Math.min(FARTHEST, this.zoom * factor));
    this.#to(zoom, this.x + atX / this.zoom - atX / zoom, this.y + atY / this.zoom - atY / zoom);
  }

  /** Moves the picture by shares of the stage. */
  move(byX, byY) {
    this.#to(this.zoom, this.x - byX / this.zoom, this.y - byY / this.zoom);
  }

  /** Shows the whole picture. */
  fit() {
    this.#to(1, 0, 0);
  }

  #to(zoom, x, y) {
    const within = (at) => Math.max(0, Math.min(1 - 1 / zoom, at));
    Object.assign(this, { zoom, x: within(x), y: within(y) });
    this.dispatchEvent(new Event("change"));
  }
}

const linked = new WeakMap();

/** The view of a picture; one for all that stand in the same `.vt-linked`. */
export function viewOf(element) {
  const place = element.closest(".vt-linked");
  if (!place) return new View();
  if (!linked.has(place)) linked.set(place, new View());
  return linked.get(place);
}
