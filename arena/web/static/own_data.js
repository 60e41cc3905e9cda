// What is held about this visitor: to look at, and to have deleted.

import { call } from "./api.js";
import { forgetConsent } from "./consent.js";
import { h } from "./dom.js";

export class OwnData {
  constructor() {
    this.said = h("p", { role: "status" });
    this.erase = h("button", { type: "button", onclick: () => this.press() }, "Delete my data");
    this.root = h(
      "section",
      { class: "arena own-data" },
      h("h2", {}, "Your data"),
      h(
        "p",
        {},
        "Everything held about you can be seen and deleted here, without an account: ",
        "your cookie is the key.",
      ),
      h(
        "div",
        { class: "ways" },
        h("a", { class: "button", href: "/api/v1/me/data", target: "_blank" }, "See my data"),
        this.erase,
      ),
      this.said,
    );
  }

  async start() {}

  async press() {
    if (!this.sure) {
      this.sure = true;
      this.erase.textContent = "Yes, delete it for good";
      this.said.textContent =
        "Your prompts, the answers to them, your comments and your number will be erased. Press again to do it.";
      return;
    }
    this.sure = false;
    this.erase.textContent = "Delete my data";
    try {
      await call("DELETE", "/me");
      forgetConsent();
      this.said.textContent = "It is gone, here at once and from the next release of every dataset.";
    } catch (problem) {
      this.said.textContent =
        problem.status === 403 ? "Nothing is held about you." : problem.detail || problem.title;
    }
  }
}
