// The choice between the board's table and its plots: a row of buttons, on a phone one list.

import { h } from "./dom.js";

export class Views {
  constructor(views, choose) {
    this.buttons = views.map((view) =>
      h("button", { type: "button", "data-view": view.name, onclick: () => choose(view) }, view.label),
    );
    this.list = h("select", { id: "board-view", onchange: () => choose(views.find((one) => one.name === this.list.value)) });
    this.list.append(...views.map((view) => h("option", { value: view.name }, view.label)));
    this.root = h(
      "nav",
      { class: "views", "aria-label": "Views of the leaderboard" },
      h("div", { class: "views-row" }, this.buttons),
      h("label", { class: "picker", for: "board-view" }, "Show ", this.list),
    );
  }

  choose({ name }) {
    this.list.value = name;
    for (const button of this.buttons)
      if (button.dataset.view === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
  }
}
