// Masks as arrays of class ids, and their drawing in colours.

const MOST = 96; // masks kept
const kept = new Map();

async function read(src, signal) {
  const response = await fetch(src, { signal });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const picture = await createImageBitmap(await response.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, picture.width, picture.height);
  return { width, height, ...idsOf(data) };
}

/** Grey is the id itself; with colours it is red + 256 green. */
function idsOf(data) {
  const ids = new Uint16Array(data.length / 4);
  let grey = true;
  for (let at = 0; at < data.length && grey; at += 4) grey = data[at] === data[at + 1] && data[at] === data[at + 2];
  for (let index = 0; index < ids.length; index++) {
    const at = 4 * index;
    ids[index] = grey ? data[at] : data[at] + 256 * data[at + 1];
  }
  const areas = new Map();
  for (const id of ids) areas.set(id, (areas.get(id) ?? 0) + 1);
  return { ids, areas };
}

/** A mask: `{width, height, ids, areas}`, ids row by row, areas in pixels by id. */
export function readMask(src) {
  if (!kept.has(src)) {
    const reading = read(src);
    reading.catch(() => kept.delete(src));
    kept.set(src, reading);
    if (kept.size > MOST) kept.delete(kept.keys().next().value);
  }
  return kept.get(src);
}

function packed(color) {
  const long = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  const value = Number.parseInt(long.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/**
 * Paints a mask.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number, ids: Uint16Array, areas: Map}} mask
 * @param {(id: number) => string|null} color of an id as #rgb or #rrggbb, null for none
 */
export function paintMask(canvas, mask, color) {
  canvas.width = mask.width;
  canvas.height = mask.height;
  const table = new Uint32Array(Math.max(...mask.areas.keys()) + 1);
  for (const id of mask.areas.keys()) {
    const text = color(id);
    if (text) table[id] = packed(text);
  }
  const image = canvas.getContext("2d").createImageData(mask.width, mask.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < pixels.length; index++) pixels[index] = table[mask.ids[index]];
  canvas.getContext("2d").putImageData(image, 0, 0);
}
