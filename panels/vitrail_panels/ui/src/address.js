// Where things may be loaded from: this machine alone.

/** An address of this machine, or "" for any other. */
export function local(address) {
  try {
    const url = new URL(address, document.baseURI);
    const own = url.origin === location.origin && /^https?:$/.test(url.protocol);
    return own || /^(blob:|data:image\/)/i.test(url.href) ? url.href : "";
  } catch {
    return "";
  }
}
