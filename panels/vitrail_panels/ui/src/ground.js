// The colours of a part in somebody else's page: those of the ground that it stands on.

import theme from "./theme.css";

/** The theme for one part alone, where `:root` is not ours to change. */
export const scoped = theme
  .replace(/:root:not\((.*?)\)/g, ":host(:not($1))")
  .replace(/:root(\[[^\]]*\])/g, ":host($1)")
  .replaceAll(":root", ":host");

const WHOLE = document.documentElement;

/** Whether the page around is our own, which wears the theme itself. */
export const isOurs = () => document.querySelector(".vt-app") !== null;

const dot = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/** A colour as red, green, blue and alpha up to 255, in whichever way it is written. */
function rgba(color) {
  dot.clearRect(0, 0, 1, 1);
  dot.fillStyle = color;
  dot.fillRect(0, 0, 1, 1);
  return dot.getImageData(0, 0, 1, 1).data;
}

function isDark(element) {
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    const [red, green, blue, alpha] = rgba(getComputedStyle(at).backgroundColor);
    if (alpha > 127) return 0.3 * red + 0.59 * green + 0.11 * blue < 110;
  }
  const scheme = getComputedStyle(WHOLE).colorScheme;
  return scheme.includes("dark") && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
}

/** Keeps a part light on light ground and dark on dark ground, until what is returned is called. */
export function followGround(host) {
  let frame = 0;
  const look = () => {
    frame = 0;
    if (host.isConnected) host.dataset.theme = isDark(host.parentElement ?? host.getRootNode().host) ? "dark" : "light";
  };
  const later = () => (frame ||= requestAnimationFrame(look));
  const changed = new MutationObserver(later);
  for (const element of [WHOLE, document.body]) changed.observe(element, { attributes: true });
  const seen = new ResizeObserver(later); // a part is looked at before it is put into the page
  seen.observe(host);
  return () => {
    changed.disconnect();
    seen.disconnect();
  };
}
