// Markup made by the server, put into the page without anything in it that could run, or load from elsewhere.

import { local } from "./address.js";

const FORBIDDEN = "script,iframe,object,embed,link,meta,base,form,frame,frameset,style,foreignObject,animate,set";
const LINKS = new Set(["href", "xlink:href"]);
const LOADED = new Set(["src", "poster", "background", "data"]);
const NEVER = new Set(["srcdoc", "srcset", "action", "formaction", "ping", "is"]);

/** Whether an attribute can neither run nor load anything from elsewhere. */
function harmless(node, name, value) {
  if (name.startsWith("on") || NEVER.has(name)) return false;
  if (name === "style") return !/url\s*\(|image\s*\(|image-set|@import|\\/i.test(value);
  if (LOADED.has(name)) return local(value) !== "";
  if (!LINKS.has(name)) return !/url\s*\(\s*['"]?\s*[^#'"\s]/i.test(value) || !(node instanceof SVGElement);
  if (node.localName !== "a") return value.startsWith("#") || local(value) !== "";
  return /^(https?:|mailto:|#|\.?\/)/i.test(value.trim());
}

function clean(root) {
  for (const node of root.querySelectorAll(FORBIDDEN)) node.remove();
  for (const node of root.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      if (!harmless(node, name.toLowerCase(), value)) node.removeAttribute(name);
    }
    if (node.localName === "a") node.setAttribute("rel", "noopener noreferrer");
  }
}

/** The nodes that the markup describes. It is read in a document without scripts, then cleaned. */
export function nodes(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  clean(template.content);
  return document.importNode(template.content, true);
}
