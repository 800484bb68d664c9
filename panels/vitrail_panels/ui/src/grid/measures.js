// Where rows stand: how high they are, how many are seen at once, and which of them is the first.

const CARD_GAP_PX = 12;

export class Measures {
  /**
   * @param {{table: HTMLElement, box: HTMLElement, heads: HTMLElement, spacer: HTMLElement}} parts
   * @param {import("./scroll.js").Scroll} scroll
   * @param {import("./columns.js").Columns} columns
   */
  constructor(parts, scroll, columns) {
    Object.assign(this, parts, { scroll, columns });
    this.sight = null;
    this.known = 0; // rows that can be scrolled to while nobody knows how many there are
  }

  /** Measures another view, from its first row on or where the last one stood. */
  take(sight, keeps) {
    this.sight = sight;
    this.known = 0;
    if (keeps) return;
    this.scroll.top = 0;
    this.box.scrollTop = 0;
    this.scroll.last = this.box.scrollTop;
  }

  get height() {
    const { cards, height } = this.sight;
    return cards.width ? cards.height + CARD_GAP_PX : Math.max(16, height || 36);
  }

  get total() {
    return this.sight.count(this.known);
  }

  /** Whether nobody knows yet how many rows there are. */
  get open() {
    return this.sight.total < 0;
  }

  /** How many rows stand beside each other: more than one as cards. */
  get beside() {
    const { width } = this.sight.cards;
    return width ? Math.max(1, Math.floor((this.box.clientWidth - CARD_GAP_PX) / (width + CARD_GAP_PX))) : 1;
  }

  get first() {
    return Math.floor(this.scroll.top / this.height) * this.beside;
  }

  get count() {
    return (Math.ceil(this.scroll.window / this.height) + 1) * this.beside;
  }

  /** Rows of a page that is turned by key. */
  get page() {
    return Math.max(1, Math.floor(this.scroll.window / this.height)) * this.beside;
  }

  /** What rows need to be painted. */
  get at() {
    const { width } = this.sight.cards;
    const { first, count, total, height, beside } = this;
    return { first, count, total, height, beside, top: this.scroll.top, card: width ? width + CARD_GAP_PX : 0 };
  }

  /** Lays rows out as cards, or as lines. */
  lay() {
    const { width, height } = this.sight.cards;
    this.table.classList.toggle("cards", Boolean(width));
    this.table.style.setProperty("--card", `${width ?? 0}px`);
    this.table.style.setProperty("--card-high", `${height ?? 0}px`);
  }

  /** Takes the sizes on the screen anew. */
  measure() {
    const head = this.heads.offsetHeight;
    const seen = Math.max(0, this.box.clientHeight - head);
    this.scroll.window = seen;
    if (this.open) this.known = Math.max(this.known, this.first + 2 * this.count);
    const lines = Math.ceil(this.total / this.beside);
    this.scroll.resize(lines * this.height + (this.sight.cards.width ? CARD_GAP_PX : 0), seen);
    for (const [name, px] of Object.entries({ row: this.height, head, seen })) this.table.style.setProperty(`--${name}`, `${px}px`);
    this.spacer.style.height = `${Math.max(0, this.scroll.spacer - seen)}px`;
    this.table.setAttribute("aria-rowcount", this.open ? -1 : this.total + 1);
  }

  /** Whether the end of what can be scrolled to is seen, and there may be more. */
  get reachesOn() {
    return this.open && this.sight.ended === undefined && this.first + this.count >= this.known;
  }

  /** Scrolls until a cell is seen. */
  reveal({ row, column }) {
    const { scroll, box, columns } = this;
    const [top, height] = [Math.floor(row / this.beside) * this.height, this.height];
    if (top < scroll.top) scroll.to(top);
    else if (top + height > scroll.top + scroll.window) scroll.to(top + height - scroll.window);
    if (this.sight.cards.width || columns.all[column].pinned) return;
    const left = columns.start(column);
    const right = left + columns.width(columns.all[column]);
    if (left < box.scrollLeft + columns.pinned) box.scrollLeft = left - columns.pinned;
    else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
  }
}
