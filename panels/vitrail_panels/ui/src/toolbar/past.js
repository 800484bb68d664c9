// The filters that were applied in this browser, the last one first.

const KEY = "vitrail.filters";
const MOST = 30;
const LONGEST = 2000; // letters; what is longer is not kept

/** The filters, the last one first. */
export function past() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((text) => typeof text === "string").slice(0, MOST) : [];
  } catch {
    return []; // storage is forbidden, or holds what is not ours
  }
}

/** Keeps a filter that was understood. */
export function keep(text) {
  if (!text || text.length > LONGEST) return;
  try {
    localStorage.setItem(KEY, JSON.stringify([text, ...past().filter((each) => each !== text)].slice(0, MOST)));
  } catch {
    // nothing is kept
  }
}

/** Forgets them all. */
export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // there is nothing
  }
}
