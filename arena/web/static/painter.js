// Draws one side of a turn: closed blocks as the server's HTML, the open one as plain text.

import { blockOf, h } from "./dom.js";
import { STATES } from "./words.js";

const FENCE = /^ {0,3}(?:`{3,}|~{3,})[^\n]*\n?/;

export class Painter {
  constructor(text, state, changed) {
    this.text = text;
    this.state = state;
    this.changed = changed;
    this.reset();
  }

  // Begin again, as a reader who comes back does.
  reset() {
    this.queue = [];
    this.open = "";
    this.now = "waiting";
    this.finish = null;
    this.tokens = null;
    this.started = null;
    this.ended = null;
    this.tail = h("div", { class: "open" });
    this.text.replaceChildren(skeleton(), this.tail);
    this.say("waiting");
  }

  take(event, data) {
    if (event === "delta" && this.started === null) this.started = performance.now();
    if (event === "end") this.ended = performance.now();
    this.queue.push(event === "delta" ? { text: data.text } : { event, ...data });
  }

  get drained() {
    return this.queue.length === 0;
  }

  // Draw as much as `budget` characters allow; both sides are given the same.
  draw(budget) {
    if (!this.queue.length) return;
    let left = budget;
    while (this.queue.length && left > 0) {
      const item = this.queue[0];
      if (item.text !== undefined) {
        const part = item.text.slice(0, left);
        this.open += part;
        left -= part.length;
        item.text = item.text.slice(part.length);
        if (item.text) break;
      } else if (item.event === "block") {
        this.tail.before(blockOf(item.html));
        this.open = item.rest ?? "";
      } else {
        this.close(item);
      }
      this.queue.shift();
    }
    this.show();
  }

  show() {
    if (this.now === "waiting" && (this.open.trim() || this.text.children.length > 2)) {
      this.text.querySelector(".skeleton")?.remove();
      this.say("writing");
    }
    const isCode = FENCE.test(this.open);
    this.tail.classList.toggle("open-code", isCode);
    this.tail.textContent = isCode ? this.open.replace(FENCE, "") : this.open;
  }

  close(item) {
    this.finish = item.finish_reason;
    this.tokens = item.tokens;
    this.open = "";
    this.text.querySelector(".skeleton")?.remove();
    if (this.text.children.length === 1)
      this.text.prepend(h("p", { class: "nothing" }, "Nothing was written."));
    this.say(item.finish_reason);
  }

  say(state) {
    this.now = state;
    this.state.textContent = STATES[state] ?? state;
    this.state.dataset.state = state;
    this.changed(state);
  }
}

function skeleton() {
  return h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}
