// A table in the cell of a notebook, as an anywidget: the parts of the page around one model.

import Drawer from "../drawer.js";
import Drawing from "../drawing.js";
import Grid from "../grid/grid.js";
import Toolbar from "../toolbar/toolbar.js";
import "../picture/picture.js";
import { sheet } from "../component.js";
import { html } from "../dom.js";
import { Part } from "../part.js";
import css from "./notebook.css";

const PARTS = { toolbar: Toolbar, grid: Grid, drawer: Drawer };

/** What differs between two states of a part. */
const news = (old, now) => Object.fromEntries(Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name])));

function parts(model) {
  const made = {};
  for (const [name, component] of Object.entries(PARTS)) {
    let known = model.get(name);
    made[name] = new Part(component, known, (message) => model.send({ part: name, message }));
    model.on(`change:${name}`, () => {
      const now = model.get(name);
      made[name].set(news(known, now));
      known = now;
    });
  }
  model.on("msg:custom", ({ part, message }) => made[part]?.say(message));
  return made;
}

/** The picture in the notebook's file gives way to what is live. */
function replaceStill(name) {
  const still = name && document.getElementById(name);
  if (still) still.hidden = true;
  return () => still && (still.hidden = false);
}

function render({ model, el }) {
  const { toolbar, grid, drawer } = parts(model);
  const detail = html("div", { class: "detail" });
  const side = html("aside", { class: "side", "aria-label": "Detail" }, drawer.element, detail);
  const root = html("div", { class: "vitrail" });
  const shadow = root.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [sheet(css)];
  shadow.append(toolbar.element, html("div", { class: "body" }, html("div", { class: "stage" }, grid.element), side));
  root.style.height = `${model.get("height")}px`;
  const show = () => {
    detail.replaceChildren(...model.get("detail").map((markup) => new Part(Drawing, { markup, label: "" }, () => {}).element));
    side.hidden = !model.get("drawer").open;
  };
  model.on("change:detail", show);
  model.on("change:drawer", show);
  show();
  el.append(root);
  return replaceStill(model.get("still"));
}

export default { render };
