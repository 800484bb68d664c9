// Markup made by the server, in a shadow root of its own.

import cells from "./cells.css";
import { component } from "./component.js";
import { html } from "./dom.js";
import { nodes } from "./markup.js";

const css = `
:host { height: auto; }
.drawing { min-width: 0; overflow: auto; overflow-wrap: anywhere; }
.drawing > svg { display: block; max-width: 100%; }
`;

/** A button that copies what stands in an element; where the browser forbids it, it selects the text. */
function copyButton(element) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(element);
    }
  };
  const button = html("button", { class: "vt-copy", type: "button", text: "Copy", on: { click: copy } });
  return button;
}

class Drawing {
  constructor(root, send) {
    this.place = html("div", { class: "drawing" });
    this.place.addEventListener("click", (event) => {
      const where = event.target.closest("[data-where]")?.getAttribute("data-where");
      if (where) send({ type: "where", text: where });
    });
    root.append(this.place);
  }

  update({ markup, label }, changed) {
    if (changed.has("markup")) {
      this.place.replaceChildren(nodes(markup));
      for (const text of this.place.querySelectorAll("[data-copy]")) text.before(copyButton(text));
    }
    if (label) {
      this.place.setAttribute("role", "group");
      this.place.setAttribute("aria-label", label);
    } else {
      this.place.removeAttribute("role");
      this.place.removeAttribute("aria-label");
    }
  }
}

export default component(cells + css, ["markup", "label"], Drawing);
