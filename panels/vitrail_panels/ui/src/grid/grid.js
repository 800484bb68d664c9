// The virtual table: it asks for the rows that are seen and nothing more.

import { count, plain } from "../dom.js";
import { component } from "../component.js";
import { Questions } from "./backends.js";
import { clicked } from "./clicks.js";
import { Columns, FOLD_PX, GUTTER_PX } from "./columns.js";
import { Cursor } from "./cursor.js";
import { Header } from "./header.js";
import { keyed } from "./keys.js";
import { Measures } from "./measures.js";
import { Notices } from "./notices.js";
import { parts } from "./parts.js";
import { PickBar } from "./pickbar.js";
import { Picks } from "./picks.js";
import { Rows } from "./rows.js";
import { Scroll } from "./scroll.js";
import { Sight } from "./sight.js";
import { dialogCss } from "../dialog.js";
import cells from "../cells.css";
import css from "./grid.css";

const shapeOf = (columns) => columns.map(({ align, pinned }) => `${align}${pinned}`).join();

class Grid {
  constructor(root, send, listen) {
    this.send = send;
    this.questions = new Questions(send, listen);
    listen?.((message) => plain(message).type === "halt" && this.#halt());
    this.notices = new Notices(() => this.#halt());
    Object.assign(this, parts(this.notices.elements));
    this.table.addEventListener("focus", () => this.#paint());
    root.append(this.table);
    this.columns = new Columns(this.table);
    this.header = new Header(this.heads, this.columns, send, (index) => this.rows.widest(index));
    this.rows = new Rows(this.layer, this.columns);
    this.scroll = new Scroll(this.box, () => this.#scrolled());
    this.measures = new Measures(this, this.scroll, this.columns);
    this.cursor = new Cursor(this);
    this.picks = new Picks({ changed: () => this.#picked(), said: (text) => this.bar.dialog.say(text, "alert") });
    this.bar = new PickBar(root, this.picks, send);
    root.append(this.bar.element);
    this.header.tick.addEventListener("change", () => (this.header.tick.checked ? this.picks.every() : this.picks.clear()));
    this.state = null;
    this.shown = null; // the view whose rows are on screen
    this.next = null; // the view that was asked for last, until its rows are here
    keyed(this);
    clicked(this);
    this.observer = new ResizeObserver(() => this.#measure());
    this.observer.observe(this.box);
    this.observer.observe(this.heads);
  }

  /** What was asked for last. */
  get latest() {
    return this.next ?? this.shown;
  }

  update(state, changed) {
    this.state = state;
    if (changed.has("outcome")) this.bar.answered(state.outcome);
    this.picks.update(state.picking, state.folds?.branches);
    if (this.latest?.shows(state, changed)) {
      this.latest.update(state);
      if (changed.has("folds")) this.latest.windows.set(state.folds);
    } else this.#ask();
    if (this.shown && !this.next) this.#dress();
    this.#measure();
  }

  /** Starts to fetch a view; what is on screen stays, greyed, until its first rows are here. */
  #ask() {
    this.#close();
    const asked = new Sight(this.state, this.questions, {
      arrived: (sight) => this.#arrived(sight),
      failed: (sight, message) => this.#fail(sight, message),
      ended: (sight) => sight === this.shown && this.#measure(),
    });
    this.next = asked;
    this.#fail(asked, "");
    this.table.setAttribute("aria-busy", "true");
    this.table.classList.toggle("stale", Boolean(this.shown?.columns.length));
    if (!this.shown || !asked.source || asked.total === 0) this.#take(asked);
    else this.#wantFirst();
  }

  #wantFirst() {
    const { first, count: seen } = this.measures;
    const start = this.next.rows === this.shown.rows ? first : 0;
    this.next.windows.want(start, start + seen);
    this.notices.watch(this.next.windows.waits);
  }

  #arrived(asked) {
    if (asked === this.next && asked !== this.shown) this.#take(asked);
    else if (asked === this.shown) this.draw();
  }

  /** Puts a view on screen. */
  #take(asked) {
    const keeps = this.shown?.rows === asked.rows;
    this.shown = asked;
    this.next = null;
    this.table.classList.remove("stale");
    this.columns.set(asked.columns);
    this.rows.reset(asked.columns);
    if (!keeps) this.cursor.at = null;
    this.measures.take(asked, keeps);
    this.#dress();
    this.#measure();
  }

  /** Draws the heads anew, and lays out what stands below them. */
  #dress() {
    const { columns, headers, cards } = this.shown;
    const { levels } = this.shown.windows;
    const covers = cards.covers ?? null;
    const gutter = columns.length ? (this.picks.on ? GUTTER_PX : 0) + (levels ? FOLD_PX * (levels + 1) : 0) : 0;
    const reshaped = shapeOf(columns) !== shapeOf(this.rows.columns) || String(covers) !== String(this.rows.covers) || gutter !== this.columns.gutter;
    this.rows.covers = covers;
    this.measures.lay();
    this.table.setAttribute("role", levels ? "treegrid" : "grid");
    this.columns.gutter = gutter;
    this.columns.set(columns);
    if (reshaped) this.rows.reset(columns);
    this.header.draw(headers ?? {}, this.state.folds);
    this.table.setAttribute("aria-colcount", columns.length + (gutter ? 1 : 0));
    this.table.setAttribute("aria-multiselectable", String(this.picks.on));
    this.#picked();
  }

  /** Shows which rows are picked. */
  #picked() {
    if (!this.shown) return;
    this.header.tick.checked = this.picks.all && !this.picks.rows.size;
    this.header.tick.indeterminate = this.picks.some && !this.header.tick.checked;
    this.table.classList.toggle("picking", this.picks.some);
    this.bar.update(this.state.picking, this.shown.total);
    this.draw();
  }

  #fail(asked, message) {
    if (asked !== this.latest) return;
    this.notices.watch(asked.windows.waits);
    this.notices.fail(message, () => this.#retry(asked));
    if (message) this.table.setAttribute("aria-busy", "false");
  }

  #retry(asked) {
    asked.halted = false;
    asked.windows.retry();
    this.#fail(asked, "");
    if (this.next) this.#wantFirst();
    else this.draw();
  }

  /** Withdraws what is on its way; what is on screen stays. */
  #halt() {
    const asked = this.latest;
    if (!asked?.windows.waits) return;
    asked.windows.close();
    asked.halted = true;
    this.#fail(asked, "Stopped before all rows were here.");
  }

  #measure() {
    if (!this.shown) return;
    this.measures.measure();
    this.draw();
  }

  #scrolled() {
    if (this.measures.reachesOn) this.#measure();
    this.draw();
    const { first, count: seen, total, open } = this.measures;
    this.notices.tellPlace(`${count(first + 1)}–${count(Math.min(total, first + seen - 1))} of ${open ? "…" : count(total)}`);
  }

  /** Has all that is seen painted, once a frame. */
  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.#paint();
    });
  }

  #paint() {
    if (!this.shown) return;
    const { at } = this.measures;
    const [first, stop] = [at.first, Math.min(at.total, at.first + at.count)];
    this.notices.vacant(!this.next && at.total === 0 && !this.notices.failed, this.shown.view);
    const whole = this.rows.paint(at, this.shown.windows, { row: this.shown.seen(this.state), active: this.cursor.at, picks: this.picks });
    if (!this.next) this.picks.lookOver(this.shown.windows, first, stop);
    if (this.shown.view && !whole && !this.next && !this.shown.halted) this.shown.windows.want(first, stop);
    this.notices.watch(this.latest.windows.waits);
    this.table.setAttribute("aria-busy", String((!whole || Boolean(this.next)) && !this.notices.failed));
    const cell = this.cursor.at && this.rows.cell(this.cursor.at.row, this.cursor.at.column);
    if (cell) this.table.setAttribute("aria-activedescendant", cell.id);
    else this.table.removeAttribute("aria-activedescendant");
  }

  #close() {
    this.next?.windows.close();
    this.shown?.windows.close();
  }

  remove() {
    this.observer.disconnect();
    this.picks.close();
    this.bar.remove();
    this.scroll.stop();
    this.notices.remove();
    cancelAnimationFrame(this.frame);
    this.#close();
  }
}

export default component(cells + css + dialogCss, ["columns", "headers", "total", "row_height", "source", "row", "within", "folds", "cards", "picking", "outcome"], Grid);
