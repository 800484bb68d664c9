// What is shown over the pictures of a group: one for all its elements, kept as long as the tab is open.

const groups = new Map();

class Settings extends EventTarget {
  constructor(name) {
    super();
    this.key = `vitrail.picture.${name}`;
    const kept = this.#read();
    const words = (value) => new Set(Array.isArray(value) ? value.filter((each) => typeof each === "string") : []);
    const share = (value, other) => (Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : other);
    this.layers = words(kept.layers); // those that are hidden
    this.classes = words(kept.classes);
    this.score = share(kept.score, 0);
    this.opacity = share(kept.opacity, 0.5);
    this.labels = kept.labels !== false;
  }

  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  /** Hides what is shown, or shows what is hidden. */
  toggle(kind, name) {
    const hidden = this[kind];
    if (!hidden.delete(name)) hidden.add(name);
    this.#changed();
  }

  /** Hides or shows all of these. */
  all(kind, names, shown) {
    for (const name of names) {
      if (shown) this[kind].delete(name);
      else this[kind].add(name);
    }
    this.#changed();
  }

  set(name, value) {
    this[name] = value;
    this.#changed();
  }

  #changed() {
    const { layers, classes, score, opacity, labels } = this;
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ layers: [...layers], classes: [...classes], score, opacity, labels }));
    } catch {
      // the settings last as long as the page
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** The settings of a group; an element without one has its own. */
export function settingsOf(group) {
  if (!group) return new Settings("");
  if (!groups.has(group)) groups.set(group, new Settings(group));
  return groups.get(group);
}
