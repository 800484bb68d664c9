// What can be typed and pressed, in a dialog.

import { html, icon } from "../dom.js";

const KEYS = [
  ["/", "write a filter"],
  ["f", "make a filter by clicks"],
  ["Enter", "apply the filter; open a row"],
  ["Shift Enter", "another line in the filter"],
  ["Tab", "take what is offered in the filter"],
  ["Escape", "take the filter back; close what is open"],
  ["↑ ↓ ← →", "walk through the table, or the list of artifacts"],
  ["PgUp PgDn Home End", "a screen, the first row, the last"],
  ["Space", "pick the row, with Shift all up to it"],
  ["+ -", "unfold a group, fold it"],
  ["Ctrl a", "pick all rows"],
  ["Ctrl c", "copy the picked rows, or the cell"],
  ["j  k", "next and previous row in the detail"],
  ["w", "the detail wider or narrower"],
  ["Shift click", "on a title: sort by it too; drag or click bars to filter"],
  ["Alt ← →", "on a title: narrower or wider; on a chip: another place"],
  ["Alt Shift ← →", "on a title: the column to another place"],
  ["Shift ← →", "on the bars of a column: choose some; Enter filters by them, Escape leaves"],
  ["?", "this help"],
];

const first = (columns, start, fallback) => columns.find(({ type }) => String(type).startsWith(start))?.name ?? fallback;

function examples(columns) {
  const number = first(columns, "Number", "score");
  const text = first(columns, "Text", "label");
  const list = first(columns, "List", "boxes");
  return [
    [`{$gt: ['$${number}', 0.5]}`, `rows whose ${number} is greater than 0.5`],
    [`{${JSON.stringify(text)}: {$in: ['cat', 'dog']}}`, `rows whose ${text} is one of two`],
    [`{$gte: [{$size: '$${list}'}, 3]}`, `rows with three or more in ${list}`],
    [`[{$group: {_id: '$${text}', mean: {$avg: '$${number}'}}}, {$sort: {mean: -1}}]`, `the mean ${number} of each ${text}`],
  ];
}

/** The dialog; `use(text)` is called with an example that was chosen. */
export function help(use) {
  const dialog = html("dialog", { class: "help", "aria-labelledby": "help-title" });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  return {
    element: dialog,
    open(columns) {
      if (dialog.open) return;
      const take = (text) => {
        dialog.close();
        use(text);
      };
      dialog.replaceChildren(
        html(
          "div",
          { class: "sheet" },
          html("header", {}, html("h2", { id: "help-title", text: "Filters and shortcuts" }), html("button", { class: "shut", type: "button", "aria-label": "close", on: { click: () => dialog.close() } }, icon("close"))),
          html("p", { text: "A filter is an expression that is true for the rows to keep, or a query document. A column is written with $ before its name; $0 and $1 name the compared tables." }),
          examples(columns).map(([text, note]) =>
            html("button", { class: "example", type: "button", on: { click: () => take(text) } }, html("code", { text }), html("span", { text: note })),
          ),
          html("dl", {}, KEYS.map(([keys, note]) => [html("dt", {}, keys.split(" ").filter(Boolean).map((text) => html("kbd", { text }))), html("dd", { text: note })])),
        ),
      );
      dialog.showModal();
    },
  };
}
