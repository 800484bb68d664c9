// What a condition can say of a value of each kind, and how it is said in a chip.

const MISSING = [["missing", "is missing"], ["present", "is there"]];
const COMPARING = [["is", "="], ["not", "≠"], ["lt", "<"], ["lte", "≤"], ["gt", ">"], ["gte", "≥"]];
const BETWEEN = [["between", "between"], ["range", "from, and below"]];

const OPERATORS = {
  number: [...COMPARING, ...BETWEEN, ["in", "one of"], ...MISSING],
  text: [["is", "is"], ["in", "one of"], ["not", "is not"], ["contains", "contains"], ["starts", "starts with"], ["matches", "matches"], ...MISSING],
  boolean: [["is", "is"], ...MISSING],
  time: [["between", "between"], ["range", "from, and below"], ["gte", "from"], ["lt", "before"], ...MISSING],
  list: [["any", "has any with"], ["count", "count"], ...MISSING],
  "": MISSING,
};
const FIRST = { number: "gte", text: "in", time: "between", list: "any", boolean: "is", "": "missing" };

export const COMPARISONS = COMPARING;

/** The operators that fit a path: [name, what it is called]. */
export function operatorsOf({ kind, choices }) {
  if (choices) return [["is", "="], ["not", "≠"], ["in", "one of"], ...MISSING];
  return OPERATORS[kind] ?? OPERATORS[""];
}

/** The operator that a condition on a path begins with. */
export function firstOperator({ kind, choices }) {
  return choices ? "is" : (FIRST[kind] ?? "missing");
}

/** Whether an operator takes a value. */
export function takesValue(operator) {
  return operator !== "missing" && operator !== "present";
}

const DIGITS = 6; // of a broken number; its text has them all

const rounded = (value) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value);
const called = (value, choices) => String(choices?.find((each) => each.value === value)?.label ?? rounded(value));

function valueWords({ operator, value }, choices) {
  if (!takesValue(operator)) return "";
  if (operator === "between" || operator === "range") return `${rounded(value[0])} ${operator === "range" ? "to below" : "to"} ${rounded(value[1])}`;
  if (Array.isArray(value)) return value.map((each) => called(each, choices)).join(", ");
  return called(value, choices);
}

function operatorWords(condition, known) {
  if (condition.operator === "between" || condition.operator === "range") return "";
  return operatorsOf(known).find(([name]) => name === condition.operator)?.[1] ?? condition.operator;
}

const joined = (...words) => words.filter(Boolean).join(" ");

/**
 * A condition in a few words.
 *
 * @param {object} condition
 * @param {{name: string, kind: string}[]} paths
 */
export function words(condition, paths) {
  const known = paths.find(({ name }) => name === condition.path) ?? { kind: "" };
  if (condition.operator === "any") {
    const items = condition.value.map((each) => words(each, known.items ?? []));
    return `${condition.path}: any ${items.join(" and ")}`;
  }
  if (condition.operator === "count") {
    return `count of ${condition.path} ${COMPARING.find(([name]) => name === condition.compare)?.[1] ?? condition.compare} ${condition.value}`;
  }
  const kind = known.kind || (condition.kind === "time" ? "time" : typeof condition.value === "number" ? "number" : "text");
  return joined(condition.path, operatorWords(condition, { ...known, kind }), valueWords(condition, known.choices));
}
