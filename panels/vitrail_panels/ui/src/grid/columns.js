// How wide the columns are: as the server says, until somebody drags their edge.

const NARROWEST_PX = 56;
const WIDEST_PX = 1200;

export class Columns {
  constructor(table) {
    this.table = table; // the element whose rows follow the measures
    this.all = [];
    this.dragged = new Map();
  }

  set(columns) {
    this.all = columns;
    this.apply();
  }

  width(column) {
    return this.dragged.get(column.name) ?? Math.max(NARROWEST_PX, Number(column.width) || 160);
  }

  /** px from the left edge to where column `index` starts. */
  start(index) {
    return this.all.slice(0, index).reduce((sum, column) => sum + this.width(column), 0);
  }

  resize(column, width) {
    this.dragged.set(column.name, Math.round(Math.max(NARROWEST_PX, Math.min(WIDEST_PX, width))));
    this.apply();
  }

  apply() {
    const tracks = this.all.map((column) => `${this.width(column)}px`);
    this.table.style.setProperty("--tracks", `${tracks.join(" ")} minmax(0, 1fr)`);
    this.table.style.setProperty("--total", `${this.start(this.all.length)}px`);
  }
}
