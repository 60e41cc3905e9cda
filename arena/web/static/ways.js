// The ways on from where a battle stands, besides the composer: ask again, reveal, begin anew.

import { h, key } from "./dom.js";

const WAYS = {
  again: { label: "Ask again" },
  reveal: { label: "Reveal the names", shortcut: "r" },
  new: { label: "New battle", shortcut: "n" },
};

export class Ways {
  // `acts` holds what each way does, by its name.
  constructor(acts) {
    this.acts = acts;
    this.element = h("div", { class: "after", hidden: true });
    this.offer();
  }

  // Show exactly these; a new battle alone is the thing to do.
  offer(...names) {
    this.offered = names;
    this.element.replaceChildren(...names.map((name) => this.button(name)));
    this.element.hidden = names.length === 0;
  }

  button(name) {
    const { label, shortcut } = WAYS[name];
    const alone = name === "new" && this.offered.length === 1;
    return h(
      "button",
      { type: "button", class: alone ? "primary" : "", onclick: () => this.acts[name]() },
      label,
      shortcut ? key(shortcut.toUpperCase()) : null,
    );
  }

  focus() {
    this.element.querySelector("button")?.focus({ preventScroll: true });
  }

  // Returns whether the key was ours.
  press(pressed) {
    const name = this.offered.find((one) => WAYS[one].shortcut === pressed);
    if (name) this.acts[name]();
    return Boolean(name);
  }
}
