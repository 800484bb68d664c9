// What can be shown and hidden over a picture: layers, classes, scores, masks.

import { count, html } from "../dom.js";
import { colored } from "../menu.js";

const MOST_CLASSES = 200;

function tally(stage, settings) {
  const classes = new Map(); // id -> {boxes, share}
  const of = (id) => classes.get(id) ?? classes.set(id, { boxes: 0, share: 0 }).get(id);
  for (const { box, layer } of stage.marks) {
    const counted = !settings.layers.has(layer.key) && (box.score === null || box.score >= settings.score);
    of(box.id).boxes += counted ? 1 : 0;
    of(box.id).boxed = true;
  }
  for (const { mask } of stage.masks) {
    for (const [id, area] of mask?.areas ?? []) {
      if (id !== 0 || stage.picture.known(0)) of(id).share = Math.max(of(id).share, area / mask.ids.length);
    }
  }
  return [...classes].sort(([one], [other]) => one - other);
}

function percent(share) {
  return share >= 0.01 ? `${Math.round(100 * share)}%` : "<1%";
}

export class Legend {
  constructor(stage, settings) {
    this.stage = stage;
    this.settings = settings;
    this.element = html("div", { class: "legend" });
    const { layers } = stage.picture;
    const scored = stage.marks.some(({ box }) => box.score !== null);
    this.layers = this.#group("Layers", layers.map((layer) => this.#layer(layer)));
    this.score = scored && this.#slider("Score at least", "score", (value) => value.toFixed(2));
    this.opacity = stage.masks.length > 0 && this.#slider("Mask opacity", "opacity", percent);
    this.labels = stage.marks.length > 0 && this.#key(html("span", { class: "sign of-label", "aria-hidden": "true" }), "box labels", () => settings.set("labels", !settings.labels));
    this.classes = html("div", { class: "keys", role: "group", "aria-label": "classes" });
    this.heading = html("div", { class: "heading" }, "Classes", this.#all("all", true), this.#all("none", false));
    this.keys = new Map();
    const sliders = [this.score, this.opacity, this.labels].filter(Boolean);
    this.element.append(...[layers.length ? this.layers : "", sliders.length ? html("div", { class: "sliders" }, sliders) : "", this.heading, this.classes].filter(Boolean));
  }

  #group(title, keys) {
    return html("div", { class: "part" }, html("div", { class: "heading", text: title }), html("div", { class: "keys", role: "group", "aria-label": title.toLowerCase() }, keys));
  }

  #key(lead, name, press) {
    return html("button", { class: "toggle", type: "button", title: name, on: { click: press } }, lead, html("span", { class: "name", text: name }), html("span", { class: "number" }));
  }

  #layer(layer) {
    const place = this.stage.picture.layers.filter(({ kind }) => kind === layer.kind).indexOf(layer);
    const sign = html("span", { class: `sign of-${layer.kind} style${place % 3}`, "aria-hidden": "true" });
    const key = this.#key(sign, layer.name || "unnamed", () => this.settings.toggle("layers", layer.key));
    key.title = `${layer.name} (${layer.kind})`;
    key.layer = layer;
    return key;
  }

  #all(text, shown) {
    const names = () => [...this.keys.keys()].map(String);
    return html("button", { class: "every", type: "button", text, "aria-label": `show ${shown ? "all" : "none of the"} classes`, on: { click: () => this.settings.all("classes", names(), shown) } });
  }

  #slider(title, name, spoken) {
    const output = html("output");
    const input = html("input", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": title.toLowerCase(), on: { input: () => this.settings.set(name, Number(input.value)) } });
    const slider = html("label", { class: "slider" }, html("span", { text: title }), output, input);
    slider.show = () => {
      input.value = this.settings[name];
      output.textContent = spoken(this.settings[name]);
    };
    return slider;
  }

  /** Shows the settings as they are. */
  show() {
    const { settings, stage } = this;
    for (const key of this.layers.querySelectorAll(".toggle")) {
      key.setAttribute("aria-pressed", String(!settings.layers.has(key.layer.key)));
      const { boxes, failed } = key.layer;
      key.querySelector(".number").textContent = failed ? "failed" : boxes ? count(boxes.length) : "mask";
    }
    for (const slider of [this.score, this.opacity]) if (slider) slider.show();
    if (this.labels) this.labels.setAttribute("aria-pressed", String(settings.labels));
    const seen = tally(stage, settings);
    this.heading.hidden = !seen.length;
    for (const [id, { boxes, boxed, share }] of seen.slice(0, MOST_CLASSES)) {
      const key = this.#class(id);
      key.setAttribute("aria-pressed", String(!settings.classes.has(String(id))));
      key.querySelector(".number").textContent = boxed ? count(boxes) : percent(share);
    }
    const more = seen.length - MOST_CLASSES;
    if (more > 0 && !this.rest) this.classes.append((this.rest = html("span", { class: "more", text: `and ${count(more)} more` })));
  }

  #class(id) {
    if (!this.keys.has(id)) {
      const { name, color } = this.stage.picture;
      const key = this.#key(colored(color(id)), name(id), () => this.settings.toggle("classes", String(id)));
      const next = [...this.keys.keys()].filter((other) => other > id).sort((one, other) => one - other)[0];
      this.classes.insertBefore(key, this.keys.get(next) ?? null);
      this.keys.set(id, key);
    }
    return this.keys.get(id);
  }
}
