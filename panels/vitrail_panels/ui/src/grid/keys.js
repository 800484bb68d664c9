// The keys of the grid: they walk from cell to cell, open, unfold, pick and copy.

const from = (event, selector) => event.composedPath()[0].closest?.(selector);

/** The cell that a key goes to, or undefined. */
function target(key, { row, column }, measures) {
  const { beside, page, total } = measures;
  const aside = (by) => (measures.sight.cards.width ? [row + by, column] : [row, column + by]);
  const moves = {
    ArrowDown: () => [row + beside, column], ArrowUp: () => [row - beside, column],
    ArrowLeft: () => aside(-1), ArrowRight: () => aside(1),
    PageDown: () => [row + page, column], PageUp: () => [row - page, column],
    Home: () => [0, column], End: () => [total - 1, column],
  };
  return moves[key]?.();
}

/** Walks and opens; whether the key was one for that. */
function walk({ key }, { cursor, measures }) {
  const fresh = !cursor.at && ["ArrowDown", "ArrowUp"].includes(key);
  const { row, column } = cursor.at ?? { row: measures.first, column: 0 };
  const to = target(key, { row, column }, measures);
  if (to) cursor.go(fresh ? [row, column] : to);
  else if (key === "Enter" && cursor.at) cursor.open(cursor.at.row);
  else return ["+", "-"].includes(key) && cursor.turn(key === "+");
  return true;
}

/** Picks rows or copies them; whether the key was one for that. */
function pick(event, { cursor, picks }) {
  const { key, shiftKey: range } = event;
  const command = event.ctrlKey || event.metaKey;
  if (!picks.on || event.altKey || from(event, ".menu,.bar,.picked,dialog")) return false;
  if (command && key === "a") picks.every();
  else if (command && key === "c" && !String(getSelection())) cursor.copy();
  else if (command) return false;
  else if (key === " " && cursor.at) cursor.pick(cursor.at.row, range);
  else if (key === "Escape" && picks.some) picks.clear();
  else return false;
  event.stopPropagation();
  return true;
}

/** Lets a grid be worked by keys. */
export function keyed(grid) {
  grid.table.addEventListener("keydown", (event) => {
    if (!grid.shown || grid.heads.contains(event.composedPath()[0])) return;
    if (pick(event, grid)) return event.preventDefault();
    if (event.ctrlKey && !["Home", "End"].includes(event.key)) return;
    if (event.altKey || event.metaKey || from(event, ".menu,.bar")) return;
    if (walk(event, grid)) event.preventDefault();
  });
}
