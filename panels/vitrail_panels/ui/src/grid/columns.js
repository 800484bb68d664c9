// How wide the columns are, and which of them stay at the left: as the server says, until somebody drags.

export const NARROWEST_PX = 56;
export const WIDEST_PX = 1200;
export const FOLD_PX = 14; // for each level of groups
export const GUTTER_PX = 34; // the ticks, before the first column

const within = (width) => Math.round(Math.max(NARROWEST_PX, Math.min(WIDEST_PX, width)));

export class Columns {
  constructor(table) {
    this.table = table; // the element whose rows follow the measures
    this.all = [];
    this.dragged = new Map();
    this.gutter = 0;
  }

  set(columns) {
    this.all = columns;
    for (const { name, width } of columns) if (this.dragged.get(name) === width) this.dragged.delete(name);
    this.apply();
  }

  width(column) {
    return this.dragged.get(column.name) ?? Math.max(NARROWEST_PX, Number(column.width) || 160);
  }

  /** The index of the column that assistive technology calls the n-th: the ticks count as one. */
  indexOf(place) {
    return place - (this.gutter ? 2 : 1);
  }

  /** px from the left edge to where column `index` starts. */
  start(index) {
    return this.all.slice(0, index).reduce((sum, column) => sum + this.width(column), this.gutter);
  }

  /** px that stay at the left. */
  get pinned() {
    const pinned = this.all.findLastIndex((column) => column.pinned);
    return this.start(pinned + 1);
  }

  /** Makes a column so wide, until the server says otherwise; gives what became of it. */
  resize(column, width) {
    this.dragged.set(column.name, within(width));
    this.apply();
    return within(width);
  }

  apply() {
    const tracks = this.all.map((column) => `${this.width(column)}px`);
    const gutter = this.gutter ? `${this.gutter}px ` : "";
    this.table.style.setProperty("--tracks", `${gutter}${tracks.join(" ")} minmax(0, 1fr)`);
    this.table.style.setProperty("--total", `${this.start(this.all.length)}px`);
    this.all.forEach((column, index) => column.pinned && this.table.style.setProperty(`--left-${index}`, `${this.start(index)}px`));
  }

  /** Lets a head or a cell of column `index` stay at the left, where its column does. */
  place(element, index) {
    const column = this.all[index];
    element.classList.toggle("pinned", Boolean(column.pinned));
    element.classList.toggle("last-pinned", Boolean(column.pinned && !this.all[index + 1]?.pinned));
    if (column.pinned) element.style.left = `var(--left-${index})`;
  }
}
