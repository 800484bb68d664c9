// Groups that are unfolded in place: the windows of several tables as if they were those of one.

/** A group's path: the places of the groups that lead there. */
const joined = (path, place) => (path ? `${path}.${place}` : `${place}`);

export class Folds {
  /**
   * @param {import("./windows.js").Windows} top the groups themselves
   * @param {(source: string) => import("./windows.js").Windows} make the windows of what is inside of one
   */
  constructor(top, make) {
    this.top = top;
    this.make = make;
    this.inside = new Map(); // source -> windows
    this.levels = 0;
    this.pieces = [{ start: 0, windows: top, first: 0, path: "", depth: 0 }];
    this.extra = 0; // rows that are seen beside the groups
    this.placed = new WeakMap(); // cells as they came -> as they stand in the grid's columns
  }

  /** Takes up which groups are unfolded. */
  set({ levels = 0, branches = [] }) {
    this.levels = levels;
    const sources = new Set(branches.map(({ source }) => source));
    for (const [source, windows] of this.inside) {
      if (sources.has(source)) continue;
      windows.close();
      this.inside.delete(source);
    }
    for (const { source } of branches) if (!this.inside.has(source)) this.inside.set(source, this.make(source));
    this.branches = branches.map((branch) => ({ ...branch, place: Number(branch.path.split(".").at(-1)), parent: branch.path.split(".").slice(0, -1).join(".") }));
    this.pieces = [];
    this.#lay({ windows: this.top, path: "", total: Infinity, depth: 0 }, 0);
    this.extra = this.branches.reduce((sum, { total }) => sum + total, 0);
  }

  /** Lays the rows of a level down from a visible place on; gives the place after them. */
  #lay({ windows, path, total, depth, branch }, start) {
    let first = 0;
    const piece = (stop) => {
      if (stop > first) this.pieces.push({ start, windows, first, path, depth, branch });
      start += stop - first;
      first = stop;
    };
    const kids = this.branches.filter(({ parent }) => parent === path).sort((a, b) => a.place - b.place);
    for (const kid of kids) {
      piece(kid.place + 1);
      start = this.#lay({ windows: this.inside.get(kid.source), path: kid.path, total: kid.total, depth: depth + 1, branch: kid }, start);
    }
    piece(total);
    return start;
  }

  /** Where a visible row is: the piece, and its place among the rows of the piece's group. */
  at(index) {
    let piece = this.pieces[0];
    for (const each of this.pieces) {
      if (each.start > index) break;
      piece = each;
    }
    return { piece, place: piece.first + index - piece.start };
  }

  /** What is known of a visible row. */
  about(index) {
    const { piece, place } = this.at(index);
    const path = joined(piece.path, place);
    const folds = piece.depth < this.levels;
    return { within: piece.path, place, path, depth: piece.depth, folds, unfolded: folds && this.branches.some((branch) => branch.path === path) };
  }

  /** Where a row of a group is seen, or -1. */
  seen(within, place) {
    for (const [index, piece] of this.pieces.entries()) {
      if (piece.path !== within || place < piece.first) continue;
      const at = piece.start + place - piece.first;
      if (at < (this.pieces[index + 1]?.start ?? Infinity)) return at;
    }
    return -1;
  }

  row(index) {
    const { piece, place } = this.at(index);
    const cells = piece.windows.row(place);
    if (!cells || !piece.branch) return cells;
    if (!this.placed.has(cells)) this.placed.set(cells, piece.branch.places.map((at) => (at < 0 ? "" : (cells[at] ?? ""))));
    return this.placed.get(cells);
  }

  /** Where values stand in the cells of a row inside of a group; undefined for the groups themselves. */
  aligns(index) {
    return this.at(index).piece.branch?.aligns;
  }

  isDraft(index) {
    const { piece, place } = this.at(index);
    return piece.windows.isDraft(place);
  }

  want(start, stop) {
    const ends = new Map(); // windows -> the rows that are wanted of them
    for (const [index, piece] of this.pieces.entries()) {
      const next = this.pieces[index + 1]?.start ?? Infinity;
      const [low, high] = [Math.max(start, piece.start), Math.min(stop, next)];
      if (low >= high) continue;
      const [first, last] = [piece.first + low - piece.start, piece.first + high - piece.start];
      const known = ends.get(piece.windows);
      ends.set(piece.windows, [Math.min(first, known?.[0] ?? first), Math.max(last, known?.[1] ?? last)]);
    }
    for (const [windows, [first, last]] of ends) windows.want(first, last);
  }

  #every() {
    return [this.top, ...this.inside.values()];
  }

  get waits() {
    return this.#every().some((windows) => windows.waits);
  }

  retry() {
    for (const windows of this.#every()) windows.retry();
  }

  close() {
    for (const windows of this.#every()) windows.close();
  }
}
