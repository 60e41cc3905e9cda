// Where a prompt is written and sent, a running turn is stopped, and a refusal is explained.

import { call } from "./api.js";
import { h } from "./dom.js";
import { PLACEHOLDER } from "./words.js";

const TALLEST = 240;

export class Composer {
  constructor({ send, stop }) {
    this.onsend = send;
    this.field = h("textarea", {
      id: "prompt",
      rows: "1",
      maxlength: "100000",
      "aria-label": "Your prompt",
      autocomplete: "off",
    });
    this.submit = h("button", { type: "submit", class: "primary" }, "Send");
    this.halt = h("button", { type: "button", class: "stop", hidden: true, onclick: stop }, "Stop");
    this.notice = h("div", { class: "notice", role: "alert", hidden: true });
    this.examples = h("div", { class: "examples", hidden: true });
    this.form = h(
      "form",
      { class: "composer" },
      this.field,
      h("div", { class: "composer-way" }, this.submit, this.halt),
    );
    this.element = h("div", { class: "compose" }, this.notice, this.form, this.examples);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("input", () => this.grow());
  }

  async loadExamples() {
    try {
      const { examples } = await call("GET", "/examples");
      this.examples.replaceChildren(
        ...examples.slice(0, 4).map((text) =>
          h("button", { type: "button", onclick: () => this.fill(text) }, text),
        ),
      );
      this.examples.hidden = examples.length === 0;
    } catch {
      this.examples.hidden = true; // an arena without examples is complete without them
    }
  }

  fill(text) {
    this.field.value = text;
    this.grow();
    this.focus();
  }

  send() {
    const prompt = this.field.value.trim();
    if (this.submit.disabled || this.submit.hidden) return;
    if (prompt) this.onsend(prompt);
    else this.focus();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(TALLEST, this.field.scrollHeight)}px`;
  }

  clear() {
    this.field.value = "";
    this.grow();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  show(shown) {
    this.element.hidden = !shown;
  }

  ready(placeholder) {
    this.field.placeholder = placeholder;
    this.state({ sendable: true, running: false });
  }

  sending() {
    this.state({ sendable: false, running: false });
  }

  running() {
    this.field.placeholder = PLACEHOLDER.meanwhile;
    this.state({ sendable: false, running: true });
  }

  state({ sendable, running }) {
    clearInterval(this.counting);
    this.notice.hidden = true;
    this.submit.disabled = !sendable;
    this.submit.hidden = running;
    this.halt.hidden = !running;
  }

  // What went wrong, what is lost (nothing), and what to do; `again` tries once more.
  trouble(problem, again, prompt) {
    this.state({ sendable: !problem.retryAfter, running: false });
    if (prompt && !this.field.value) this.fill(prompt);
    const words = h("span", {}, sentence(problem));
    const retry =
      again && !problem.retryAfter && problem.status !== 422 && problem.status !== 409
        ? h("button", { type: "button", onclick: again }, "Try again")
        : null;
    this.notice.replaceChildren(h("strong", {}, problem.title ?? "Something went wrong"), words);
    if (retry) this.notice.append(retry);
    this.notice.hidden = false;
    if (problem.retryAfter) this.countDown(problem.retryAfter, words);
  }

  countDown(seconds, words) {
    const until = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      if (left <= 0) {
        this.state({ sendable: true, running: false });
        this.focus();
      } else {
        words.textContent = `You can send again in ${left} s. What you wrote is still here.`;
      }
    };
    this.counting = setInterval(tick, 1000);
    tick();
  }
}

function sentence(problem) {
  if (problem.status === 503)
    return "Fewer than two models can answer at the moment. Your prompt is still here; try again in a minute.";
  const text = problem.detail || problem.message || "";
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(full) ? full : `${full}.`;
}
