// The rows in the page: which of them pass the filters, and in which order.

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const isThere = (value) => value !== null && value !== undefined;

function compared(one, other) {
  if (typeof one === "string") return collator.compare(one, other) || (one < other ? -1 : Number(one > other));
  return Number(one) - Number(other);
}

/** Whether a value passes a filter: `{contains}`, `{least, most}` or `{among}`. */
function passes(value, { contains, least, most, among }) {
  if (among) return among.has(value ?? null);
  if (contains) return isThere(value) && String(value).toLowerCase().includes(contains);
  if (least === undefined && most === undefined) return true;
  return isThere(value) && (least === undefined || value >= least) && (most === undefined || value <= most);
}

export class Rows {
  /** @param {{rows: string[][], columns: {name: string, values?: any[]}[]}} file */
  constructor({ rows, columns }) {
    this.rows = rows;
    this.values = new Map(columns.filter(({ values }) => values).map(({ name, values }) => [name, values]));
    this.filters = new Map();
    this.keys = []; // {column, descending}, the first one first
    this.order = rows.map((_, index) => index);
  }

  /** Filters a column, or no longer where there is no filter. */
  filter(column, filter) {
    if (filter) this.filters.set(column, filter);
    else this.filters.delete(column);
    this.#arrange();
  }

  /** Sorts by a column, after the other keys where `add` is set; `descending` of null sorts no longer. */
  sort(column, descending, add) {
    const others = add ? this.keys.filter((key) => key.column !== column) : [];
    this.keys = descending === null ? others : [...others, { column, descending }];
    this.#arrange();
  }

  /** "asc", "desc" or "", as the grid's heads show it. */
  sorted(column) {
    const key = this.keys.find((one) => one.column === column);
    return key ? (key.descending ? "desc" : "asc") : "";
  }

  #arrange() {
    const filters = [...this.filters].map(([column, filter]) => [this.values.get(column), filter]);
    this.order = this.rows.map((_, index) => index).filter((index) => filters.every(([values, filter]) => passes(values[index], filter)));
    if (this.keys.length) this.order.sort((one, other) => this.#before(one, other));
  }

  /** Missing values come last, either way. */
  #before(one, other) {
    for (const { column, descending } of this.keys) {
      const values = this.values.get(column);
      const [mine, theirs] = [values[one], values[other]];
      if (isThere(mine) !== isThere(theirs)) return isThere(mine) ? -1 : 1;
      const by = isThere(mine) ? compared(mine, theirs) : 0;
      if (by) return descending ? -by : by;
    }
    return one - other;
  }

  /** What the window endpoint of a server would answer. */
  window(start, stop) {
    return JSON.stringify({ start, rows: this.order.slice(start, stop).map((index) => this.rows[index]) });
  }
}
