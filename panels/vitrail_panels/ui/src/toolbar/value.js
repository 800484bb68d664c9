// The fields in which the value of a condition is written, by the kind of what it is about.

import { count, html } from "../dom.js";
import { COMPARISONS } from "./operators.js";

const MOST_SEEN = 60;

/** A drop-down list of [value, text]. */
export function select(label, options, value, changed) {
  const element = html("select", { "aria-label": label, on: { change: () => changed?.(element.value) } }, options.map(([name, text]) => html("option", { value: name, text })));
  if (value !== undefined) element.value = value;
  return element;
}

const entered = (name, input) => {
  input.setCustomValidity("");
  if (input.value === "") input.setCustomValidity(`a ${name} is wanted`);
  return input.reportValidity();
};

function single(kind, label, value = "") {
  const whole = kind === "time" && String(value).includes("T");
  const type = kind === "number" ? "number" : kind === "time" ? (whole ? "datetime-local" : "date") : "text";
  return html("input", { type, value, "aria-label": label, step: kind === "time" ? (whole ? "1" : undefined) : "any", autocomplete: "off", spellcheck: "false" });
}

const readOf = (kind, input) => (kind === "number" ? Number(input.value) : input.value);

/** One value. */
function lone({ kind }, { value }, frequent) {
  const input = single(kind, "value", Array.isArray(value) ? value[0] : value);
  const list = html("datalist", { id: `frequent-${Math.random().toString(36).slice(2)}` });
  if (kind === "text") {
    input.setAttribute("list", list.id);
    frequent().then(({ values }) => list.append(...values.map(({ value: each, count: many }) => html("option", { value: each, label: count(many) }))));
  }
  return { element: html("div", { class: "one" }, input, list), read: () => (kind === "text" || entered(kind === "time" ? "date" : "number", input) ? { value: readOf(kind, input) } : null) };
}

/** Two ends. */
function ends({ kind }, { value }) {
  const [low, high] = Array.isArray(value) ? value : [];
  const inputs = [single(kind, "from", low), single(kind, "to", high)];
  const read = () => {
    if (!inputs.every((input) => entered(kind === "time" ? "date" : "number", input))) return null;
    const found = inputs.map((input) => readOf(kind, input));
    inputs[1].setCustomValidity(found[0] > found[1] ? "this end lies before the other" : "");
    return inputs[1].reportValidity() ? { value: found } : null;
  };
  return { element: html("div", { class: "ends" }, inputs[0], html("span", { text: "to" }), inputs[1]), read };
}

/** One of the labels that are known. */
function chosen({ choices }, { value }) {
  const field = select("value", choices.map((each, place) => [String(place), each.label]), String(Math.max(0, choices.findIndex((each) => each.value === value))));
  return { element: field, read: () => ({ value: choices[Number(field.value)].value }) };
}

function truth(_, { value }) {
  const field = select("value", [["true", "true"], ["false", "false"]], String(value ?? true));
  return { element: field, read: () => ({ value: field.value === "true" }) };
}

/** Some of many, those that are frequent offered with how often they occur; others can be written. */
function several({ kind, choices }, { value }, frequent) {
  const picked = new Set(value === undefined ? [] : [value].flat());
  const search = html("input", { type: kind === "number" && !choices ? "number" : "text", step: "any", placeholder: "search, or write a value", "aria-label": "search values", autocomplete: "off", spellcheck: "false", on: { input: () => draw() } });
  const list = html("div", { class: "several", role: "group", "aria-label": "values" });
  const said = html("div", { class: "quiet", role: "status", text: choices ? "" : "counting values…" });
  let known = (choices ?? []).map((each) => ({ ...each }));
  const row = ({ value: each, label, count: many }) =>
    html(
      "label",
      {},
      html("input", { type: "checkbox", ...(picked.has(each) ? { checked: true } : {}), on: { change: (event) => (event.target.checked ? picked.add(each) : picked.delete(each)) } }),
      html("span", { class: "name", text: String(label ?? each) }),
      many === undefined ? null : html("span", { class: "count", text: count(many) }),
    );
  const draw = () => {
    const sought = search.value.trim();
    const own = [...picked].filter((each) => !known.some((one) => one.value === each)).map((each) => ({ value: each }));
    const seen = [...own, ...known].filter((each) => String(each.label ?? each.value).toLowerCase().includes(sought.toLowerCase())).slice(0, MOST_SEEN);
    const typed = kind === "number" ? Number(sought) : sought;
    const isNew = sought && !choices && ![...own, ...known].some((each) => String(each.value) === String(typed));
    const add = isNew ? html("button", { class: "button", type: "button", text: `add ${sought}`, on: { click: () => (picked.add(typed), (search.value = ""), draw(), search.focus()) } }) : null;
    list.replaceChildren(...seen.map(row), ...(add ? [add] : []));
  };
  draw();
  frequent().then(({ values, error }) => {
    const labels = new Map((choices ?? []).map((each) => [each.value, each.label]));
    if (values.length) known = values.map((each) => ({ ...each, label: labels.get(each.value) }));
    said.textContent = error || (values.length ? "" : choices ? "" : "write the values");
    draw();
  });
  const read = () => {
    search.setCustomValidity(picked.size ? "" : "choose at least one value");
    return search.reportValidity() ? { value: [...picked] } : null;
  };
  return { element: html("div", { class: "many" }, search, list, said), read };
}

function counted(_, { compare = "gte", value = 1 }) {
  const how = select("comparison", COMPARISONS, compare);
  const input = single("number", "count", value);
  input.min = "0";
  input.step = "1";
  return { element: html("div", { class: "ends" }, how, input), read: () => (entered("number", input) ? { compare: how.value, value: Number(input.value) } : null) };
}

/**
 * The fields for the value of an operator.
 *
 * @param {{kind: string, choices?: object[]}} path
 * @param {object} condition with the operator, and the value so far
 * @param {() => Promise<{values: object[], error: string}>} frequent the most frequent values
 * @returns {{element: HTMLElement, read: () => object|null}} `read` gives what the condition gets, or null
 *     where something is still to be written, which the field says
 */
export function valueFields(path, condition, frequent) {
  const { operator } = condition;
  if (operator === "in") return several(path, condition, frequent);
  if (operator === "between" || operator === "range") return ends(path, condition);
  if (operator === "count") return counted(path, condition);
  if (path.choices) return chosen(path, condition);
  if (path.kind === "boolean") return truth(path, condition);
  return lone(path, condition, frequent);
}
