// Wheel, fingers, mouse and keys that zoom and move a view.

const ARROWS = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

/** Lets an element's wheel, pointers and keys change the view. */
export function handle(element, view) {
  const held = new Map(); // pointers that are down, by id
  const share = ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };
  const spread = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const middle = (points) => points.map(share).reduce(([x, y], [moreX, moreY]) => [x + moreX / points.length, y + moreY / points.length], [0, 0]);

  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.enlarge(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), ...share(event));
  }, { passive: false });
  element.addEventListener("dblclick", () => view.fit());
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    held.set(event.pointerId, event);
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("lostpointercapture", (event) => held.delete(event.pointerId));
  element.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return;
    const before = [...held.values()];
    held.set(event.pointerId, event);
    const after = [...held.values()];
    const [fromX, fromY] = middle(before);
    const [toX, toY] = middle(after);
    view.move(toX - fromX, toY - fromY);
    if (after.length === 2) view.enlarge(spread(after) / Math.max(1, spread(before)), toX, toY);
  });
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") view.enlarge(1.25);
    else if (event.key === "-") view.enlarge(0.8);
    else if (event.key === "0") view.fit();
    else if (ARROWS[event.key] && view.zoom > 1) view.move(...ARROWS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
