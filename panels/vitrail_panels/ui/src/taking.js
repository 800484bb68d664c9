// Rows that leave the page: as a file, or through the clipboard.

import { html } from "./dom.js";

export const FILES = [
  { label: "CSV", format: "csv" },
  { label: "Parquet", format: "parquet" },
  { label: "JSON lines", format: "jsonl" },
];
const MOST_CHARS = 20_000_000;

/** Lets the browser save what an address answers. */
export function take(address) {
  const link = html("a", { href: String(address), download: "", hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}

/** The text of an answer, as far as it fits. */
async function whole(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length <= MOST_CHARS) continue;
    reader.cancel();
    throw new Error("that is too much for the clipboard; export a file instead");
  }
}

async function textOf(address) {
  const response = await fetch(address);
  const text = await whole(response);
  if (!response.ok) {
    let said = `the server answered ${response.status}`;
    try {
      said = JSON.parse(text).error ?? said;
    } catch {
      // the status says enough
    }
    throw new Error(said);
  }
  return text;
}

function byHand(text) {
  const field = html("textarea", { style: "position:fixed;opacity:0", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("the browser did not let this page copy; export a file instead");
}

/** Puts what an address answers into the clipboard. */
export async function copied(address) {
  const text = (await textOf(address)).replace(/\r?\n$/, "");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    byHand(text);
  }
}
