// What can be typed next: columns and operators that begin like the word before the caret.

const WORD = /(['"]?)(\$[\w.]*|[A-Za-z_][\w ]*)$/;
const MOST = 50;

function wrapped(name, quote, rest) {
  if (quote) return rest.startsWith(quote) ? name : name + quote;
  return `'${name}'`;
}

/**
 * What could stand in place of the word before the caret.
 *
 * @param {string} text
 * @param {number} caret
 * @param {{name: string, type: string}[]} columns
 * @param {string[]} operators
 * @returns {{start: number, offers: {label: string, note: string, insert: string}[]}}
 */
export function complete(text, caret, columns, operators) {
  const [, quote, word] = WORD.exec(text.slice(0, caret)) ?? [];
  const nothing = { start: caret, offers: [] };
  if (!word) return nothing;
  const start = caret - word.length;
  const rest = text.slice(caret);
  const dollar = word.startsWith("$");
  const begun = word.replace(/^\$(\d+\.)?/, "").toLowerCase();
  const prefix = dollar ? (/^\$\d+\./.exec(word)?.[0] ?? "$") : "";
  if (!dollar && !/[{,]\s*$/.test(text.slice(0, start - quote.length))) return nothing;
  const paths = columns
    .filter(({ name }) => name.toLowerCase().startsWith(begun))
    .map(({ name, type }) => ({ label: prefix + name, note: type, insert: dollar ? wrapped(prefix + name, quote, rest) : name + (quote && !rest.startsWith(quote) ? quote : "") }));
  const verbs = dollar && !quote ? operators.filter((name) => name.toLowerCase().startsWith(word.toLowerCase())) : [];
  const offers = [...verbs.map((name) => ({ label: name, note: "operator", insert: name })), ...paths].slice(0, MOST);
  const done = offers.length === 1 && offers[0].label === word;
  return done ? nothing : { start, offers };
}
