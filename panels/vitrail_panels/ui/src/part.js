// A part of the page without Panel around it: what stands for its model is told and heard in the page.

export class Part {
  #listeners = new Map();

  /**
   * @param {{render: Function}} component
   * @param {object} state its properties
   * @param {(message: object) => void} heard what it says
   */
  constructor(component, state, heard) {
    Object.assign(this, state);
    this.send_msg = heard;
    this.element = component.render({ model: this });
  }

  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  #tell(name, ...said) {
    for (const listener of this.#listeners.get(name) ?? []) listener(...said);
  }

  /** Changes properties. */
  set(state) {
    Object.assign(this, state);
    for (const name of Object.keys(state)) this.#tell(name);
  }

  /** Sends a message. */
  say(message) {
    this.#tell("msg:custom", message);
  }
}
