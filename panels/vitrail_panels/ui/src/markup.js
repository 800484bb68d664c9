// Markup made by the server, put into the page without anything in it that could run.

const FORBIDDEN = "script,iframe,object,embed,link,meta,base,form,frame,frameset,style,foreignObject,animate,set";
const ADDRESSES = new Set(["href", "src", "xlink:href", "action", "formaction", "poster", "srcset"]);

function runs(address) {
  return /^(javascript|vbscript|data:text)/i.test(address.replace(/[\u0000-\u0020]/g, ""));
}

function clean(root) {
  for (const node of root.querySelectorAll(FORBIDDEN)) node.remove();
  for (const node of root.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      const lower = name.toLowerCase();
      if (lower.startsWith("on") || lower === "srcdoc" || (ADDRESSES.has(lower) && runs(value))) {
        node.removeAttribute(name);
      }
    }
  }
}

/** The nodes that the markup describes. It is read in a document without scripts, then cleaned. */
export function nodes(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  clean(template.content);
  return document.importNode(template.content, true);
}
