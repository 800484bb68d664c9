// Where things may be loaded from: this machine alone.

let lent = {};

/** Has some addresses lead to pictures that are in the page: address -> data: */
export function lend(pictures) {
  lent = pictures;
}

/** An address of this machine, or "" for any other. */
export function local(address) {
  if (Object.hasOwn(lent, address)) return local(lent[address]);
  try {
    const url = new URL(address, document.baseURI);
    const own = url.origin === location.origin && /^https?:$/.test(url.protocol);
    return own || /^(blob:|data:image\/)/i.test(url.href) ? url.href : "";
  } catch {
    return "";
  }
}
