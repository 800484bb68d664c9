const SVG = "http://www.w3.org/2000/svg"
const NAMES = ["lowest quarter", "second quarter", "third quarter", "highest quarter"]
const MIDDLE = 45

function made(kind, attributes, text) {
  const element = document.createElementNS(SVG, kind)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  if (text !== undefined) element.textContent = text
  return element
}

const written = (number) => number.toLocaleString("en", { maximumSignificantDigits: 4 })

export function render({ model }) {
  const [low, , , , high] = model.places
  const across = (value) => 20 + 560 * (high > low ? (value - low) / (high - low) : 0.5)
  const svg = made("svg", { viewBox: "0 0 600 100", width: "100%", "aria-label": model.said })
  svg.append(made("path", { d: `M${across(low)} ${MIDDLE}H${across(high)}`, stroke: "currentColor" }))
  for (let quarter = 0; quarter < 4; quarter++) {
    const [from, to] = [model.places[quarter], model.places[quarter + 1]]
    const name = `${NAMES[quarter]}, ${written(from)} to ${written(to)}`
    const inner = quarter === 1 || quarter === 2
    const button = made("rect", {
      role: "button", tabindex: 0, "aria-label": name,
      x: across(from), width: Math.max(4, across(to) - across(from)), y: inner ? 20 : 35, height: inner ? 50 : 20,
      fill: "currentColor", "fill-opacity": inner ? 0.25 : 0.08, stroke: inner ? "currentColor" : "none",
      style: "cursor: pointer",
    })
    button.append(made("title", {}, name))
    button.addEventListener("click", () => model.send_msg(quarter))
    button.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") model.send_msg(quarter)
    })
    svg.append(button)
  }
  if (model.mean !== null) svg.append(made("circle", { cx: across(model.mean), cy: MIDDLE, r: 4, fill: "currentColor" }))
  const written_at = new Map()
  for (const place of model.places) {
    const x = across(place)
    if ([...written_at.values()].some((other) => Math.abs(other - x) < 45)) continue
    written_at.set(place, x)
    const label = { x, y: 90, "text-anchor": "middle", "font-size": 12, fill: "currentColor" }
    svg.append(made("text", label, written(place)))
  }
  return svg
}
