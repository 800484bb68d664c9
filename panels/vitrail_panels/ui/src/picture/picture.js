// <vt-picture>: a picture under its boxes and masks; with `controls` also what shows and hides them.

import base from "../base.css";
import { sheet } from "../component.js";
import { html, icon } from "../dom.js";
import { readLayers } from "./layers.js";
import { Legend } from "./legend.js";
import { settingsOf } from "./settings.js";
import { Stage } from "./stage.js";
import { viewOf } from "./view.js";
import css from "./picture.css";

const side = (text, other) => {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) && value > 0 ? Math.min(value, 100_000) : other;
};

/**
 * Attributes: `src`, `width` and `height` (px of the picture), `label` (what it shows), `layers` (JSON of
 * boxes, masks and classes), `group` (its elements share what is shown), `controls`. Those that stand in the
 * same `.vt-linked` are zoomed and moved together.
 */
class Picture extends HTMLElement {
  static observedAttributes = ["src", "width", "height", "label", "layers", "group", "controls"];

  #changed = () => this.#show();
  #queued = false;

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet(base), sheet(css)];
    this.#draw();
  }

  disconnectedCallback() {
    this.settings?.removeEventListener("change", this.#changed);
    this.stage?.rest();
  }

  attributeChangedCallback() {
    if (!this.isConnected || !this.shadowRoot || this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      if (this.isConnected) this.#draw();
    });
  }

  #draw() {
    const large = this.hasAttribute("controls");
    const picture = {
      src: this.getAttribute("src") ?? "",
      width: side(this.getAttribute("width"), 96),
      height: side(this.getAttribute("height"), 64),
      label: this.getAttribute("label") ?? "",
      large,
      ...readLayers(this.getAttribute("layers")),
    };
    this.settings?.removeEventListener("change", this.#changed);
    this.settings = settingsOf(this.getAttribute("group"));
    this.settings.addEventListener("change", this.#changed);
    this.style.setProperty("--ratio", `${picture.width} / ${picture.height}`);
    this.style.setProperty("--wide", picture.width / picture.height);
    this.stage?.rest();
    this.stage = new Stage(picture, viewOf(this), () => this.legend?.show());
    this.stage.start();
    this.stage.element.classList.toggle("tiny", Math.max(picture.width, picture.height) <= 128);
    this.legend = large ? new Legend(this.stage, this.settings) : null;
    this.shadowRoot.replaceChildren(...(large ? [html("div", { class: "view" }, this.stage.element, this.#tools()), this.legend.element] : [this.stage.element]));
    this.#show();
  }

  #tools() {
    const press = (label, content, act) => html("button", { type: "button", "aria-label": label, title: label, on: { click: act } }, content);
    return html(
      "div",
      { class: "tools" },
      press("zoom in", icon("plus"), () => this.stage.view.enlarge(1.5)),
      press("zoom out", "−", () => this.stage.view.enlarge(1 / 1.5)),
      press("show the whole picture", icon("fit"), () => this.stage.view.fit()),
    );
  }

  #show() {
    this.stage.show(this.settings);
    this.legend?.show();
  }
}

if (!customElements.get("vt-picture")) customElements.define("vt-picture", Picture);
