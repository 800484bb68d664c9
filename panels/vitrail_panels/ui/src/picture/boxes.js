// Boxes and their labels, drawn on a canvas as large as what is seen of the picture.

const DASHES = [[], [7, 4], [2, 3]];
const LABEL_PX = 16;
const ROOM_PX = 8; // the grain in which room for labels is given out

/**
 * Draws marks.
 *
 * @param {CanvasRenderingContext2D} context in CSS px
 * @param {{marks: object[], size: {width: number, height: number}, at: (x: number, y: number) => number[],
 *     pointed: object|null, labels: boolean, large: boolean}} scene `at` takes px of the picture
 */
export function drawBoxes(context, { marks, size, at, pointed, labels, large }) {
  const drawn = [];
  for (const mark of marks) {
    const [left, top] = at(mark.box.x0, mark.box.y0);
    const [right, bottom] = at(mark.box.x1, mark.box.y1);
    if (right < 0 || bottom < 0 || left > size.width || top > size.height) continue;
    drawn.push({ mark, left, top, width: right - left, height: bottom - top });
  }
  const thick = large ? 2 : 1.6;
  context.lineWidth = 2 * thick;
  context.strokeStyle = "rgb(0 0 0 / 35%)";
  context.beginPath();
  for (const { left, top, width, height } of drawn) context.rect(left, top, width, height);
  context.stroke();
  context.lineWidth = thick;
  for (const each of drawn) line(context, each);
  if (pointed) point(context, drawn.find(({ mark }) => mark === pointed), thick);
  if (labels) label(context, drawn, size, pointed);
}

function line(context, { mark, left, top, width, height }) {
  context.setLineDash(DASHES[mark.style % DASHES.length]);
  context.strokeStyle = mark.color;
  context.strokeRect(left, top, width, height);
}

function point(context, found, thick) {
  if (!found) return;
  context.fillStyle = "rgb(255 255 255 / 22%)";
  context.fillRect(found.left, found.top, found.width, found.height);
  context.lineWidth = 2 * thick;
  line(context, found);
}

/** Labels in order of their scores, each only where no other one is. */
function label(context, drawn, size, pointed) {
  const font = getComputedStyle(context.canvas).fontFamily;
  context.font = `600 11px ${font}`;
  context.textBaseline = "middle";
  context.setLineDash([]);
  const room = new Room(size);
  const rank = ({ mark }) => (mark === pointed ? Infinity : mark.box.score ?? 1);
  for (const { mark, left, top } of [...drawn].sort((one, other) => rank(other) - rank(one))) {
    mark.wide ??= Math.min(240, Math.ceil(context.measureText(mark.text).width) + 13);
    const x = Math.max(0, Math.min(left, size.width - mark.wide));
    const y = top >= LABEL_PX ? top - LABEL_PX : Math.max(0, top) + 1;
    if (!room.take(x, y, mark.wide, LABEL_PX)) continue;
    context.fillStyle = "#14181f";
    context.fillRect(x, y, mark.wide, LABEL_PX);
    context.fillStyle = mark.color;
    context.fillRect(x, y, 3, LABEL_PX);
    context.fillStyle = "#fff";
    context.fillText(mark.text, x + 8, y + LABEL_PX / 2 + 0.5, 227);
  }
}

class Room {
  constructor({ width, height }) {
    this.columns = Math.ceil(width / ROOM_PX) + 1;
    this.taken = new Uint8Array(this.columns * (Math.ceil(height / ROOM_PX) + 1));
  }

  /** Whether this place was free; it is taken then. */
  take(x, y, width, height) {
    const cells = [];
    for (let row = Math.floor(y / ROOM_PX); row * ROOM_PX < y + height; row++) {
      for (let column = Math.floor(x / ROOM_PX); column * ROOM_PX < x + width; column++) cells.push(row * this.columns + column);
    }
    if (cells.some((cell) => this.taken[cell])) return false;
    for (const cell of cells) this.taken[cell] = 1;
    return true;
  }
}

/** The smallest of the marks around a point, in px of the picture; null where there is none. */
export function markAt(marks, x, y) {
  const area = ({ box }) => (box.x1 - box.x0) * (box.y1 - box.y0);
  const around = marks.filter(({ box }) => box.x0 <= x && x <= box.x1 && box.y0 <= y && y <= box.y1);
  return around.reduce((best, mark) => (best && area(best) <= area(mark) ? best : mark), null);
}
