// Masks as arrays of class ids, and their drawing in colours.

const MOST = 64_000_000; // pixels kept
const SMALL_PX = 256; // as wide as a mask in a cell is read
const kept = new Map();

async function read(src, smaller) {
  const response = await fetch(src);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const picture = await createImageBitmap(await response.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none", ...smaller });
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  picture.close();
  return { width, height, ...idsOf(new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)) };
}

/** Grey is the id itself; with colours it is red + 256 green. */
function idsOf(words) {
  const grey = words.every((word) => (word & 255) === ((word >> 8) & 255) && (word & 255) === ((word >> 16) & 255));
  const ids = Uint16Array.from(words, grey ? (word) => word & 255 : (word) => word & 0xffff);
  const counts = new Uint32Array(65_536);
  for (const id of ids) counts[id]++;
  const areas = new Map();
  counts.forEach((area, id) => area && areas.set(id, area));
  return { ids, areas };
}

/** Forgets the masks read first, where all of them are too many. */
function makeRoom() {
  let pixels = 0;
  for (const [key, entry] of [...kept].reverse()) {
    pixels += entry.pixels;
    if (pixels > MOST) kept.delete(key);
  }
}

/**
 * A mask: `{width, height, ids, areas}`, ids row by row, areas in pixels by id.
 *
 * @param {string} src
 * @param {{width: number, height: number, large: boolean}} picture the picture under it; what is not large
 *     takes a point of the mask for many
 */
export function readMask(src, { width, height, large }) {
  const fewer = !large && width > SMALL_PX;
  const smaller = fewer ? { resizeWidth: SMALL_PX, resizeHeight: Math.max(1, Math.round((SMALL_PX * height) / width)), resizeQuality: "pixelated" } : {};
  const key = `${fewer} ${src}`;
  if (!kept.has(key)) {
    const entry = { reading: read(src, smaller), pixels: 0 };
    kept.set(key, entry);
    entry.reading.then(
      (mask) => {
        entry.pixels = mask.ids.length;
        makeRoom();
      },
      () => kept.delete(key),
    );
  }
  return kept.get(key).reading;
}

function packed(color) {
  const long = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  const value = Number.parseInt(long.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** A mask's id at a point, shares of the picture. */
export function idAt({ width, height, ids }, x, y) {
  return ids[Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width))];
}

/** Which point of a mask, along one side, each of `many` pixels shows. */
function places(many, length, { zoom, from }) {
  return Uint32Array.from({ length: many }, (_, pixel) => Math.min(length - 1, Math.floor((from + (pixel + 0.5) / many / zoom) * length)));
}

/**
 * Paints what is seen of a mask: as many points as the canvas has, however large the mask is.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number, ids: Uint16Array, areas: Map}} mask
 * @param {{zoom: number, x: number, y: number}} view
 * @param {(id: number) => string|null} color of an id as #rgb or #rrggbb, null for none
 */
export function paintMask(canvas, mask, view, color) {
  const table = new Uint32Array(65_536);
  for (const id of mask.areas.keys()) {
    const text = color(id);
    if (text) table[id] = packed(text);
  }
  const columns = places(canvas.width, mask.width, { zoom: view.zoom, from: view.x });
  const rows = places(canvas.height, mask.height, { zoom: view.zoom, from: view.y });
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  let at = 0;
  for (const row of rows) {
    const start = row * mask.width;
    for (let column = 0; column < columns.length; column++) pixels[at++] = table[mask.ids[start + columns[column]]];
  }
  context.putImageData(image, 0, 0);
}
