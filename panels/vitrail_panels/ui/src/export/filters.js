// Filters that need no engine: a text to be found, a range, a choice among few values.

import { count, html } from "../dom.js";

const MOST_COLUMNS = 24;
const FEW = 8;

const number = (text) => (text.trim() === "" ? undefined : Number(text));

function tallied(values) {
  const counts = new Map();
  for (const value of values) counts.set(value ?? null, (counts.get(value ?? null) ?? 0) + 1);
  return counts;
}

const spoken = (value) => (value === null ? "missing" : String(value) || "empty");

function choice(counts, changed) {
  const chosen = new Set();
  const press = (button, value) => {
    if (!chosen.delete(value)) chosen.add(value);
    button.setAttribute("aria-pressed", String(chosen.has(value)));
    changed(chosen.size ? { among: chosen } : null);
  };
  return [...counts].sort(([, one], [, other]) => other - one).map(([value, many]) => {
    const button = html("button", { class: "offer", type: "button", "aria-pressed": "false" }, html("span", { text: spoken(value) }), html("span", { class: "count", text: count(many) }));
    button.addEventListener("click", () => press(button, value));
    return button;
  });
}

function range(name, values, changed) {
  const known = values.filter((value) => value !== null);
  const [low, high] = known.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  const ends = [["least", low], ["most", high]].map(([end, value]) => html("input", { type: "number", step: "any", "aria-label": `${name}: ${end}`, placeholder: Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "" }));
  const heard = () => {
    const [least, most] = ends.map(({ value }) => number(value));
    changed(least === undefined && most === undefined ? null : { least, most });
  };
  for (const end of ends) end.addEventListener("input", heard);
  return [ends[0], html("span", { text: "–" }), ends[1]];
}

function search(name, changed) {
  const input = html("input", { type: "search", "aria-label": `${name} contains`, placeholder: "contains…" });
  input.addEventListener("input", () => changed(input.value ? { contains: input.value.toLowerCase() } : null));
  return [input];
}

function controls({ name, kind, values }, changed) {
  const counts = tallied(values);
  if (counts.size < 2) return null;
  if (kind !== "number" && counts.size <= FEW) return choice(counts, changed);
  return kind === "number" ? range(name, values, changed) : search(name, changed);
}

/** The filters of the columns whose values are in the page. */
export function filtersOf(columns, changed) {
  const fields = [];
  for (const column of columns.filter(({ values }) => values).slice(0, MOST_COLUMNS)) {
    const parts = controls(column, (filter) => changed(column.name, filter));
    if (parts) fields.push(html("fieldset", {}, html("legend", { text: column.name }), parts));
  }
  return html("div", { class: "vt-filters" }, fields);
}
