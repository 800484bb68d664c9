// A part of the page as Panel wants it: a `render` that never throws and never draws twice a frame.

import base from "./base.css";
import theme from "./theme.css";
import { html, plain } from "./dom.js";
import { followGround, isOurs, scoped } from "./ground.js";

const sheets = new Map();

/** The style sheet of a text, made once and shared by every shadow root. */
export function sheet(text) {
  if (!sheets.has(text)) {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    sheets.set(text, made);
  }
  return sheets.get(text);
}

/** Wears the theme; in somebody else's page without touching what is around. */
function wearTheme(host, root) {
  if (!isOurs()) {
    root.adoptedStyleSheets.unshift(sheet(scoped));
    return followGround(host);
  }
  const worn = sheet(theme);
  if (!document.adoptedStyleSheets.includes(worn)) document.adoptedStyleSheets.push(worn);
  return () => {};
}

/** Bokeh takes a part that came from the server later for new, and would send it back with its first message. */
function acquaint({ model }) {
  for (const one of [model, model.data]) model.document?._new_models?.delete(one);
}

function failure(error) {
  console.warn("vitrail: a part of the page failed", error);
  return html("div", { class: "failure", role: "alert", text: `this part of the page failed: ${error?.message ?? error}` });
}

/**
 * A Panel component.
 *
 * @param {string} css its style, inside a shadow root of its own
 * @param {string[]} names the properties that it shows
 * @param {new (root: ShadowRoot, send: (message: object) => void, listen: (heard: Function) => void) => {update: Function}} View
 *     `update(state, changed)` is called with every property and the names of those that changed.
 */
export function component(css, names, View) {
  function render({ model, view }) {
    if (view) acquaint(view);
    const host = html("div", { class: "vt-host" });
    host.style.cssText = "width:100%;height:100%;min-width:0;min-height:0";
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet(base), sheet(css)];
    const undress = wearTheme(host, root);
    model.on("remove", undress);
    try {
      follow(model, root, new View(root, (message) => model.send_msg(message), (heard) => model.on("msg:custom", heard)));
    } catch (error) {
      root.replaceChildren(failure(error));
    }
    return host;
  }

  function follow(model, root, view) {
    let changed = new Set(names);
    let queued = false;
    const update = () => {
      queued = false;
      const state = Object.fromEntries(names.map((name) => [name, plain(model[name])]));
      const which = changed;
      changed = new Set();
      try {
        view.update(state, which);
      } catch (error) {
        root.append(failure(error));
      }
    };
    for (const name of names) {
      model.on(name, () => {
        changed.add(name);
        if (!queued) queueMicrotask(update);
        queued = true;
      });
    }
    model.on("remove", () => view.remove?.());
    update();
  }

  return { render };
}
