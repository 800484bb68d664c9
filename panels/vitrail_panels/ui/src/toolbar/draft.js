// What is typed and not applied, kept while the page is loaded again, for the same address in the same tab.

const KEY = "vitrail.draft";
const here = () => location.pathname + location.search;

/** Keeps a text until the page is there again. */
export function leave(text) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([here(), text]));
  } catch {
    // storage is forbidden
  }
}

/** The text that was kept, once; "" for none. */
export function takenUp() {
  try {
    const [place, text] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.removeItem(KEY);
    return place === here() && typeof text === "string" ? text : "";
  } catch {
    return ""; // storage is forbidden, or holds what is not ours
  }
}
