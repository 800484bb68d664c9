// Elements made from text that is never read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "text") node.textContent = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element. `text` sets its text, `on` its listeners, everything else an attribute. */
export function html(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element, made like `html`. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4l-4 4 4 4",
  plus: "M8 3v10M3 8h10",
  up: "M4 10l4-4 4 4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM11 11l3 3",
  filter: "M2 4h12M4.5 8h7M7 12h2",
  group: "M2 4h12M5 8h9M5 12h9",
  sort: "M5 3v10M2.5 10.5L5 13l2.5-2.5M11 13V3M8.5 5.5L11 3l2.5 2.5",
  compare: "M3 3h4v10H3zM9 3h4v10H9z",
  history: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5.5H6M8 5v3.2l2.2 1.4",
  reset: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5.5H6",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6",
  picture: "M2.5 3.5h11v9h-11zM4 11l3-3 2 2 2-2.5 2.5 3",
  alert: "M8 2.5l6 11H2zM8 6.5v3.2M8 11.4v.4",
  check: "M3.5 8.5l3 3 6-7",
  settings: "M2 5h7M13 5h1M2 11h1M7 11h7M9 5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M3 11a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  bookmark: "M4.5 2.5h7v11L8 10.6l-3.5 2.9z",
  link: "M6.8 9.2l2.4-2.4M7.4 4.9l1.3-1.3a2.6 2.6 0 0 1 3.7 3.7l-1.3 1.3M8.6 11.1l-1.3 1.3a2.6 2.6 0 0 1-3.7-3.7l1.3-1.3",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  rows: "M2.5 4h11M2.5 8h11M2.5 12h6M12 10.5v4M10 12.5h4",
  pen: "M3 13l.6-2.6L10.5 3.5l2 2L5.6 12.4zM9 5l2 2",
  bin: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5",
  pin: "M5.5 2.5h5M6.5 2.5v4L4 9.5h8L9.5 6.5v-4M8 9.5V14",
  hide: "M2 8s2.2-4 6-4c1 0 1.9.3 2.7.7M14 8s-2.2 4-6 4c-1 0-1.9-.3-2.7-.7M3 13L13 3",
  columns: "M2.5 3.5h11v9h-11zM6.2 3.5v9M9.8 3.5v9",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  save: "M8 2.5v7M5 7l3 3 3-3M3 13h10",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
};

/** A line drawing 16 px wide, hidden from screen readers. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/** What Bokeh sent, with its maps as plain objects. */
export function plain(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, part]) => [name, plain(part)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** A whole number with its thousands apart. */
export function count(number) {
  return Number(number).toLocaleString("en");
}
