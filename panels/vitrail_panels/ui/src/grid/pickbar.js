// What can be done with picked rows: copied, taken away, saved.

import { Dialog } from "../dialog.js";
import { count, html, icon } from "../dom.js";
import { openMenu } from "../menu.js";
import { copied, FILES, take } from "../taking.js";

export class PickBar {
  /**
   * @param {ShadowRoot} root where its dialog stands
   * @param {import("./picks.js").Picks} picks
   * @param {(message: object) => void} send
   */
  constructor(root, picks, send) {
    this.picks = picks;
    this.send = send;
    this.dialog = new Dialog(root, send);
    this.picking = {};
    this.said = html("b", {});
    const button = (sign, text, click) => html("button", { class: "button", type: "button", on: { click } }, icon(sign), text);
    this.save = button("rows", "Save as a subset…", () => this.#save());
    const more = button("save", "Export", () => openMenu(more, "export picked rows", FILES.map(({ label, format }) => ({ label, choose: () => take(this.address(format)) }))));
    more.setAttribute("aria-haspopup", "menu");
    const clear = html("button", { class: "button", type: "button", "aria-label": "pick nothing", title: "pick nothing (Escape)", on: { click: () => picks.clear() } }, icon("close"));
    this.element = html("div", { class: "picked", role: "region", "aria-label": "picked rows", hidden: true }, this.said, button("copy", "Copy", () => this.copy()), more, this.save, clear);
  }

  update(picking, total) {
    this.picking = picking;
    this.element.hidden = !this.picks.some;
    const picked = this.picks.count(total);
    this.said.textContent = picked < 0 ? "all rows picked" : `${count(picked)} row${picked === 1 ? "" : "s"} picked`;
    this.save.hidden = !picking.saves || Boolean(picking.inner && !this.picks.inner); // groups are no rows of a table
  }

  /** Where the picked rows are, as a file of some kind. */
  address(format, more = {}) {
    const address = new URL(this.picks.inner ? this.picking.inner : this.picking.rows, document.baseURI);
    address.searchParams.set("format", format);
    if (this.picks.text) address.searchParams.set("rows", this.picks.text);
    for (const [name, value] of Object.entries(more)) address.searchParams.set(name, value);
    return address;
  }

  /** Copies what an address answers as text; says so. */
  async copy(address = this.address("tsv"), said = "Copied") {
    try {
      await copied(address);
      this.dialog.say(said);
    } catch (error) {
      this.dialog.say(error.message, "alert");
    }
  }

  #save() {
    this.dialog.open({
      title: "Save picked rows as a subset",
      note: "The picked rows become an artifact of their own. Pictures are shared, not copied, and the lineage leads back here.",
      fields: [
        { name: "name", label: "Name", value: this.picking.name ?? "", required: true },
        { name: "kind", label: "Type", value: "subset", required: true },
        { name: "description", label: "Notes", placeholder: "optional", lines: 2 },
      ],
      button: "Save",
      message: { type: "save_rows", rows: this.picks.text },
    });
  }

  answered(outcome) {
    if (outcome.ask !== undefined) this.dialog.answered(outcome, (source) => this.send({ type: "source", ...source }));
  }

  remove() {
    this.dialog.remove();
  }
}
