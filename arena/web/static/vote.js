// The vote bar: four equal buttons, how much better, and two ways on.

import { h, key } from "./dom.js";
import { CHOICES, MARGINS } from "./words.js";

export class VoteBar {
  // `cast` is called with (winner, margin, reveal).
  constructor(cast) {
    this.cast = cast;
    this.choices = CHOICES.map((choice, place) =>
      h(
        "button",
        { type: "button", "aria-pressed": "false", onclick: () => this.choose(place) },
        h("span", {}, choice.label),
        key(String(place + 1)),
      ),
    );
    this.margins = MARGINS.map((label, place) =>
      h(
        "button",
        { type: "button", "aria-pressed": "false", onclick: () => this.grade(place + 1) },
        label,
      ),
    );
    this.graded = h(
      "div",
      { class: "margins", role: "group", "aria-label": "How much better? You may leave this out." },
      h("span", { class: "ask" }, "How much?"),
      this.margins,
    );
    this.ways = [
      h("button", { type: "button", onclick: () => this.send(false) }, "Vote and go on", key("G")),
      h("button", { type: "button", onclick: () => this.send(true) }, "Vote and reveal", key("R")),
    ];
    this.more = h(
      "div",
      { class: "more" },
      this.graded,
      h("div", { class: "ways" }, this.ways),
    );
    this.element = h(
      "div",
      { class: "votebar", role: "group", "aria-label": "Which answer is better?", hidden: true },
      h("div", { class: "choices" }, this.choices),
      this.more,
    );
    this.reset();
  }

  reset() {
    this.chosen = null;
    this.margin = null;
    this.busy = false;
    this.update();
  }

  show(shown) {
    if (shown) this.reset();
    this.element.hidden = !shown;
  }

  choose(place) {
    if (this.busy) return;
    const again = this.chosen === place;
    if (!again) this.margin = null;
    else if (CHOICES[place].graded) this.margin = ((this.margin ?? 0) % MARGINS.length) + 1;
    this.chosen = place;
    this.update();
  }

  grade(margin) {
    this.margin = this.margin === margin ? null : margin;
    this.update();
  }

  update() {
    this.choices.forEach((button, place) =>
      button.setAttribute("aria-pressed", String(place === this.chosen)),
    );
    this.margins.forEach((button, place) =>
      button.setAttribute("aria-pressed", String(place + 1 === this.margin)),
    );
    this.more.hidden = this.chosen === null;
    this.graded.hidden = this.chosen === null || !CHOICES[this.chosen].graded;
    for (const button of [...this.choices, ...this.margins, ...this.ways])
      button.disabled = this.busy;
  }

  async send(reveal) {
    if (this.chosen === null || this.busy) return;
    this.busy = true;
    this.update();
    const sent = await this.cast(CHOICES[this.chosen].winner, this.margin, reveal);
    this.busy = false;
    if (sent) this.element.hidden = true;
    this.update();
  }

  // Returns whether the key was ours.
  press(name) {
    if (this.element.hidden) return false;
    if (/^[1-4]$/.test(name)) this.choose(Number(name) - 1);
    else if (name === "g" && this.chosen !== null) this.send(false);
    else if (name === "r" && this.chosen !== null) this.send(true);
    else return false;
    return true;
  }
}
