// What can be typed next: paths and operators that begin like the word before the caret, and the values of a path.

const WORD = /(['"]?)(\$[\w.]*|[\w][\w .]*)$/;
const KEY = String.raw`(?:'([^']+)'|"([^"]+)"|([\w.]+))`;
const PATH = String.raw`(?:'\$([^']+)'|"\$([^"]+)"|\$([\w.]+))`;
const BEFORE = String.raw`(?:\[\s*)?(?:(?:'[^']*'|"[^"]*")\s*,\s*)*['"]([^'"]*)$`; // other values of a list, and the one that is written
const OF_DOCUMENT = new RegExp(String.raw`[{,]\s*${KEY}\s*:\s*(?:\{\s*\$(?:eq|ne|in|nin)\s*:\s*)?${BEFORE}`);
const OF_EXPRESSION = new RegExp(String.raw`\$(?:eq|ne|in)\s*:\s*\[\s*${PATH}\s*,\s*${BEFORE}`);
const MOST = 50;

function wrapped(name, quote, rest) {
  if (quote) return rest.startsWith(quote) ? name : name + quote;
  return `'${name}'`;
}

/** The path whose values are being written before the caret, and the value so far. */
function valueOf(before) {
  const found = OF_EXPRESSION.exec(before) ?? OF_DOCUMENT.exec(before);
  if (!found) return null;
  const [, one, two, three, written] = found;
  return { path: one ?? two ?? three, written };
}

/** The path of a text that is written before the caret, whose values could be asked for; null if there is none. */
export function asksFor(text, caret, paths) {
  const found = valueOf(text.slice(0, caret));
  if (!found || found.written.startsWith("$")) return null;
  const known = paths.find(({ name }) => name === found.path) ?? paths.find(({ name }) => /^\d+\./.test(name) && name.replace(/^\d+\./, "") === found.path);
  return known?.kind === "text" ? { path: known.name, written: found.written } : null;
}

function valueOffers({ written }, values, text, caret) {
  const quote = text[caret - written.length - 1];
  const safe = values.filter(({ value }) => typeof value === "string" && !/['"\\\n]/.test(value));
  const begun = safe.filter(({ value }) => value.toLowerCase().startsWith(written.toLowerCase()) && value !== written);
  const offers = begun.map(({ value, count }) => ({ label: value, note: count.toLocaleString("en"), insert: value + (text.slice(caret).startsWith(quote) ? "" : quote) }));
  return { start: caret - written.length, offers: offers.slice(0, MOST) };
}

const begins = (name, begun) => name.toLowerCase().startsWith(begun) || (/^\d+\./.test(name) && name.replace(/^\d+\./, "").toLowerCase().startsWith(begun));

/**
 * What could stand in place of the word before the caret.
 *
 * @param {string} text
 * @param {number} caret
 * @param {{name: string, type: string}[]} paths
 * @param {{operators: string[], meanings: Record<string, string>}} language
 * @param {{value: unknown, count: number}[]|null} values of the path that `asksFor` names, where they are known
 * @returns {{start: number, offers: {label: string, note: string, insert: string}[]}}
 */
export function complete(text, caret, paths, { operators, meanings = {} }, values = null) {
  const nothing = { start: caret, offers: [] };
  const asked = asksFor(text, caret, paths);
  if (asked) return values ? valueOffers(asked, values, text, caret) : nothing;
  const [, quote, word] = WORD.exec(text.slice(0, caret)) ?? [];
  if (!word) return nothing;
  const start = caret - word.length;
  const rest = text.slice(caret);
  const dollar = word.startsWith("$");
  if (!dollar && !/[{,]\s*$/.test(text.slice(0, start - quote.length))) return nothing;
  const begun = word.replace(/^\$/, "").toLowerCase();
  const bare = /^[\w.]+$/;
  const key = (name) => (quote ? name + (rest.startsWith(quote) ? "" : quote) : bare.test(name) ? name : `'${name}'`);
  const found = paths.filter(({ name }) => begins(name, begun)).map(({ name, type }) => ({ label: (dollar ? "$" : "") + name, note: type, insert: dollar ? wrapped(`$${name}`, quote, rest) : key(name) }));
  const verbs = dollar && !quote ? operators.filter((name) => name.toLowerCase().startsWith(word.toLowerCase())) : [];
  const offers = [...verbs.map((name) => ({ label: name, note: meanings[name] ?? "operator", insert: name })), ...found].slice(0, MOST);
  const done = offers.length === 1 && offers[0].label === word;
  return done ? nothing : { start, offers };
}
