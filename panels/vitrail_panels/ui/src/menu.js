// A menu that hangs from a button: arrow keys, Home, End, first letters, Escape; in the top layer.

import { html, icon } from "./dom.js";

function itemOf(entry, close) {
  const radio = entry.checked !== undefined;
  return html(
    "button",
    {
      class: "item",
      type: "button",
      role: radio ? "menuitemradio" : "menuitem",
      tabindex: "-1",
      "aria-checked": radio ? String(entry.checked) : undefined,
      disabled: entry.disabled,
      on: { click: () => (close(), entry.choose()) },
    },
    html("span", { class: "mark" }, entry.checked ? icon("check") : entry.icon ? icon(entry.icon) : null),
    entry.color ? colored(entry.color) : null,
    html("span", { class: "name", text: entry.label }),
    entry.note ? html("span", { class: "note", text: entry.note }) : null,
  );
}

/** A round spot of a colour. */
export function colored(color) {
  const dot = html("span", { class: "dot" });
  dot.style.setProperty("--color", CSS.supports("color", color) ? color : "gray");
  return dot;
}

function drawn(entry, close) {
  if (entry === "-") return html("div", { class: "rule", role: "separator" });
  if (entry.heading) return html("div", { class: "heading", role: "presentation", text: entry.heading });
  return itemOf(entry, close);
}

function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + 4 + height <= innerHeight || box.top < height;
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? Math.min(box.bottom + 4, innerHeight - height - 8) : box.top - height - 4}px`;
}

function walk(event, menu, close) {
  const items = [...menu.querySelectorAll(".item:not(:disabled)")];
  const at = items.indexOf(menu.getRootNode().activeElement);
  const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (step !== undefined) items.at(step % items.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else if (event.key.length === 1 && event.key !== " ") {
    const letter = event.key.toLowerCase();
    const named = (item) => item.querySelector(".name").textContent.toLowerCase().startsWith(letter);
    [...items.slice(at + 1), ...items].find(named)?.focus();
  } else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}

/**
 * Opens a menu under `anchor`, in the same shadow root.
 *
 * @param {HTMLElement} anchor the button it hangs from; gets the focus back
 * @param {string} label what the menu is called
 * @param {(object|"-")[]} entries `{label, choose, checked?, icon?, note?, color?, disabled?}`,
 *     `{heading}` or "-" for a rule
 */
export function openMenu(anchor, label, entries) {
  const menu = html("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  const close = () => menu.isConnected && menu.hidePopover();
  menu.append(...entries.map((entry) => drawn(entry, close)));
  menu.addEventListener("keydown", (event) => walk(event, menu, close));
  menu.addEventListener("beforetoggle", (event) => {
    const inside = menu.contains(menu.getRootNode().activeElement);
    if (event.newState === "closed" && inside) anchor.focus();
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
  });
  anchor.getRootNode().append(menu);
  anchor.setAttribute("aria-expanded", "true");
  menu.showPopover();
  place(menu, anchor);
  (menu.querySelector('[aria-checked="true"]') ?? menu.querySelector(".item:not(:disabled)"))?.focus();
  return close;
}
