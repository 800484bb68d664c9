// What is told of the box or the part of a mask that is pointed at.

import { html } from "../dom.js";

export class Tip {
  constructor(stage) {
    this.stage = stage;
    this.element = html("div", { class: "tip", role: "status", hidden: true });
  }

  hide() {
    this.element.hidden = true;
  }

  /** Tells of a box, beside a point of the stage in px. */
  box({ box, layer }, x, y) {
    const more = box.scores.filter(([, value]) => value !== box.score).slice(0, 8);
    const lines = [
      [layer.name, box.score === null ? "" : `score ${box.score.toFixed(3)}`].filter(Boolean).join(" · "),
      ...more.map(([name, value]) => `${name} ${Number(value.toFixed(4))}`),
      box.caption,
    ];
    this.#tell(box.id, lines, x, y);
  }

  /** Tells of a class in a mask. */
  mask(id, layer, x, y) {
    this.#tell(id, [layer.name], x, y);
  }

  #tell(id, lines, x, y) {
    const { clientWidth: width, clientHeight: height } = this.stage.element;
    const tip = this.element;
    tip.hidden = false;
    tip.replaceChildren(html("b", { text: this.stage.picture.name(id) }), ...lines.filter(Boolean).map((text) => html("span", { text })));
    tip.style.left = x > width / 2 ? "auto" : `${x + 14}px`;
    tip.style.right = x > width / 2 ? `${width - x + 14}px` : "auto";
    tip.style.top = `${Math.max(0, Math.min(y + 12, height - tip.offsetHeight - 4))}px`;
  }
}
