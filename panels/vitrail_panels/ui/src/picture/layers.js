// What lies over a picture, read from an attribute that holds strangers' data: nothing in it is trusted.

import { local } from "../address.js";

const PALETTE = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#edc948", "#ff9da7", "#9c755f", "#86878f"];
const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
const MOST_BOXES = 5_000;

const list = (value) => (Array.isArray(value) ? value : []);
const record = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
const text = (value) => (value === null || value === undefined || typeof value === "object" ? "" : String(value).slice(0, 500));
const idOf = (value) => (Number.isInteger(value) ? value : Number.parseInt(value, 10) || 0);

function boxOf(raw) {
  const box = record(raw);
  const [x0, y0, x1, y1] = [box.x0, box.y0, box.x1, box.y1].map(Number);
  if (![x0, y0, x1, y1].every(Number.isFinite) || x1 < x0 || y1 < y0) return null;
  const score = typeof box.score === "number" && Number.isFinite(box.score) ? box.score : null;
  const scores = Object.entries(record(box.scores)).filter(([, value]) => Number.isFinite(value));
  return { id: idOf(box.class_id), x0, y0, x1, y1, score, scores, caption: text(box.caption) };
}

function boxesOf(raw) {
  let room = MOST_BOXES;
  return list(raw).map((each) => {
    const layer = record(each);
    const boxes = list(layer.boxes).slice(0, room).map(boxOf).filter(Boolean);
    room -= boxes.length;
    return { kind: "boxes", name: text(layer.name), boxes };
  });
}

function masksOf(raw) {
  return list(raw).map(record).map((layer) => ({ kind: "mask", name: text(layer.name), src: local(text(layer.src)) }));
}

/** The colour of a class that brings none. */
export function classColor(id) {
  return PALETTE[((id % PALETTE.length) + PALETTE.length) % PALETTE.length];
}

/**
 * The layers that the text describes; what cannot be read is left out.
 *
 * @param {string|null} json
 * @returns {{layers: object[], name: (id: number) => string, color: (id: number) => string, known: (id: number) => boolean}}
 */
export function readLayers(json) {
  let raw = {};
  try {
    raw = record(JSON.parse(json ?? "{}"));
  } catch {
    console.warn("vitrail: the layers of a picture could not be read");
  }
  const classes = new Map(Object.entries(record(raw.classes)).map(([id, value]) => [idOf(id), record(value)]));
  return {
    layers: [...masksOf(raw.masks), ...boxesOf(raw.boxes)].map((layer) => ({ ...layer, key: `${layer.kind} ${layer.name}` })),
    name: (id) => text(classes.get(id)?.name) || `class ${id}`,
    color: (id) => (HEX.test(classes.get(id)?.color ?? "") ? classes.get(id).color : classColor(id)),
    known: (id) => classes.has(id),
  };
}
