// What a pointer does to rows: click to open or pick them, brush the bars in their cells or in the heads.

import { brushable } from "./brush.js";

const WORKED = "a,button,select,summary,textarea,[data-keep]"; // what answers a click by itself

function click(event, grid) {
  const { cursor, rows } = grid;
  const row = rows.indexOf(event.target);
  if (event.target.closest(".fold")) return cursor.fold(row);
  if (event.target.closest(".gutter") || event.ctrlKey || event.metaKey || (event.shiftKey && grid.picks.on)) return pick(event, row, grid);
  if (event.target.closest(`input,${WORKED}`)) return;
  if (!String(getSelection())) cursor.open(row, event.target);
}

function pick(event, row, grid) {
  if (event.target.closest(WORKED) || row < 0 || grid.next || !grid.picks.on) return;
  if (event.target.matches(".gutter input")) event.target.blur();
  getSelection().removeAllRanges();
  grid.cursor.pick(row, event.shiftKey);
  grid.cursor.put(row);
  setTimeout(() => grid.draw()); // a box that is ticked is turned back by the browser, once this is over
  event.preventDefault();
  grid.table.focus();
}

/** The column that a drawing stands in. */
function columnOf(drawing, columns) {
  const name = drawing.closest(".head")?.dataset.column;
  if (name !== undefined) return columns.all.find((column) => column.name === name);
  const place = drawing.closest(".cell")?.getAttribute("aria-colindex");
  return place ? columns.all[columns.indexOf(place)] : undefined;
}

/** Lets a grid be worked by a pointer. */
export function clicked(grid) {
  const open = (drawing) => {
    if (grid.next) return false;
    const { brush } = columnOf(drawing, grid.columns) ?? {};
    return Boolean(drawing.closest(".head") ? brush?.head : brush?.cells && !grid.state.folds?.branches?.length);
  };
  const brushed = ({ drawing, ...bars }) => {
    const row = drawing.closest(".head") ? null : grid.rows.indexOf(drawing);
    if (row !== null && row < 0) return;
    grid.send({ type: "brush", column: columnOf(drawing, grid.columns).name, ...bars, row });
  };
  grid.layer.addEventListener("click", (event) => click(event, grid));
  brushable(grid.table, open, brushed);
}
