// The rows that were fetched of one view: asked for in windows, kept while there is room.

const UNIT = 8; // rows that are kept or dropped together
const FIRST = 16; // rows of a request before it is known how long a row is
const MOST = 128;
const REQUEST_CHARS = 64_000; // a window stays well under 100 kB
const ROOM_CHARS = 24_000_000;

export class Windows {
  /**
   * @param {(start: number, stop: number, exact: boolean, signal: AbortSignal) => Promise<object>} read
   *     where the rows come from; see `backends.js`
   * @param {{arrived: Function, failed: Function, ended: Function}} tell `ended(n)`: there are n rows
   */
  constructor(read, tell) {
    this.read = read;
    this.tell = tell;
    this.units = new Map(); // in the order of use: the first is the one to drop; a draft is an estimate
    this.chars = 0;
    this.pending = new Map(); // first row -> {stop, abort}
    this.refused = new Set();
    this.perRow = 0;
  }

  /** The cells of a row, or undefined while it is not here. */
  row(index) {
    const key = Math.floor(index / UNIT);
    const unit = this.units.get(key);
    if (!unit) return undefined;
    this.units.delete(key);
    this.units.set(key, unit);
    return unit.rows[index - key * UNIT];
  }

  /** Whether a row is an estimate, whose exact values are on their way. */
  isDraft(index) {
    return this.units.get(Math.floor(index / UNIT))?.draft ?? false;
  }

  get #span() {
    if (!this.perRow) return FIRST;
    const fitting = Math.max(UNIT, Math.min(MOST, REQUEST_CHARS / this.perRow));
    return 2 ** Math.floor(Math.log2(fitting));
  }

  /** Asks for what lacks of the rows in [start, stop), and gives up on what is far from them. */
  want(start, stop) {
    const span = this.#span;
    for (const [first, request] of this.pending) {
      if (first >= stop + span || request.stop <= start - span) {
        request.abort.abort();
        this.pending.delete(first);
      }
    }
    for (let group = Math.floor(start / span) * span; group < stop; group += span) {
      for (const [first, end] of this.#missing(group, group + span)) this.#ask(first, end);
    }
  }

  /** The runs of rows in [start, stop) that are neither here nor on their way. */
  #missing(start, stop) {
    const runs = [];
    for (let first = start; first < stop; first += UNIT) {
      const here = this.units.has(first / UNIT) && !this.isDraft(first);
      if (here || this.refused.has(first / UNIT) || this.#asked(first)) continue;
      const run = runs.at(-1);
      if (run?.[1] === first) run[1] = first + UNIT;
      else runs.push([first, first + UNIT]);
    }
    return runs;
  }

  #asked(row) {
    for (const [first, { stop }] of this.pending) if (first <= row && row < stop) return true;
    return false;
  }

  async #ask(start, stop, exact = false) {
    const abort = new AbortController();
    this.pending.set(start, { stop, abort });
    try {
      const found = await this.read(start, stop, exact, abort.signal);
      this.#keep(start, stop, found);
      if (found.draft) this.#ask(start, stop, true);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.pending.delete(start);
      for (let row = start; row < stop; row += UNIT) this.refused.add(row / UNIT);
      this.tell.failed(error.message);
    }
  }

  #keep(start, stop, { rows, chars, draft }) {
    this.pending.delete(start);
    if (rows.length) this.perRow = Math.max(chars / rows.length, this.perRow / 2);
    for (let first = start; first < stop; first += UNIT) {
      const part = rows.slice(first - start, first - start + UNIT);
      const size = (chars * part.length) / (rows.length || 1);
      this.chars += size - (this.units.get(first / UNIT)?.chars ?? 0);
      this.units.set(first / UNIT, { rows: part, chars: size, draft });
    }
    for (const [key, unit] of this.units) {
      if (this.chars <= ROOM_CHARS) break;
      this.units.delete(key);
      this.chars -= unit.chars;
    }
    if (rows.length < stop - start && !draft) this.tell.ended(start + rows.length);
    this.tell.arrived();
  }

  /** Whether rows are on their way. */
  get waits() {
    return this.pending.size > 0;
  }

  /** Asks again for what was refused. */
  retry() {
    this.refused.clear();
  }

  /** Gives up on everything that is on its way. */
  close() {
    for (const { abort } of this.pending.values()) abort.abort();
    this.pending.clear();
  }
}
