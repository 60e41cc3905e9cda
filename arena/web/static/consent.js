// The promise before the first battle: five lines, two boxes, the long text behind.

import { call } from "./api.js";
import { h, remember, remembered } from "./dom.js";

const LINES = 5;
let accepted = null; // for browsers that may not keep anything

export async function consentNeeded() {
  const terms = await call("GET", "/consent");
  return [accepted, remembered("terms")].includes(terms.version) ? null : terms;
}

export function forgetConsent() {
  accepted = null;
  remember("terms", "");
}

// A card that calls `done()` once the server has recorded the consent.
export function consentCard(terms, done) {
  const lines = terms.text.trim().split(/(?<=[.!?])\s*\n/);
  const agree = box("consent-terms", "I have read this and want to take part.");
  const publish = box(
    "consent-publication",
    terms.publication_required
      ? "My conversations may be published in open datasets (this arena asks for it)."
      : "My conversations may be published in open datasets. You may leave this out.",
  );
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const start = h("button", { type: "submit", class: "primary" }, "Begin");
  const form = h("form", {}, agree.element, publish.element, trouble, start);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = !agree.input.checked || (terms.publication_required && !publish.input.checked);
    if (missing) {
      say(trouble, "Please tick the box first. Nothing was sent.");
      return;
    }
    start.disabled = true;
    const accept = publish.input.checked ? ["terms", "publication"] : ["terms"];
    try {
      await call("POST", "/consent", { version: terms.version, accept });
      accepted = terms.version;
      remember("terms", terms.version);
      done();
    } catch (problem) {
      say(trouble, problem.detail || problem.message);
    }
    start.disabled = false;
  });
  return h(
    "section",
    { class: "consent", "aria-labelledby": "consent-title" },
    h("h1", { id: "consent-title" }, "Before you begin"),
    h("ul", {}, lines.slice(0, LINES).map((line) => h("li", {}, line))),
    longText(terms, lines.slice(LINES)),
    form,
  );
}

function longText(terms, rest) {
  return h(
    "details",
    {},
    h("summary", {}, "The long text"),
    rest.map((line) => h("p", {}, line)),
    h(
      "p",
      {},
      "A random number in a signed cookie tells your battles from those of others, for a year. ",
      "With it you can see and delete everything held about you, under “About”. ",
      "A deletion takes effect at once here, and in the next release of every dataset.",
    ),
    h("p", {}, `Version ${terms.version}. If these terms change, you are asked again.`),
  );
}

function box(id, label) {
  const input = h("input", { type: "checkbox", id });
  return { input, element: h("label", { for: id, class: "box" }, input, h("span", {}, label)) };
}

function say(element, words) {
  element.textContent = words;
  element.hidden = false;
}
