// The board's sentences: whose votes, what is missing and why, what a snapshot is.

import { h } from "./dom.js";
import { moment, plural } from "./figures.js";

const KINDS = { simulated: "simulated visitors", judge: "a model as judge", person: "people" };

export function whose({ kinds, delay_minutes: late, rounding }) {
  const counted = kinds.includes("simulated")
    ? "This is a demo: votes of simulated visitors are counted here beside those of people."
    : `Counted are the votes of ${kinds.map((kind) => KINDS[kind] ?? kind).join(" and ")}.`;
  const shown = [late ? `${plural(late, "minute")} late` : null, rounding ? `in steps of ${plural(rounding, "point")}` : null];
  if (!shown.some(Boolean)) return counted;
  return `${counted} Shown ${shown.filter(Boolean).join(" and ")}, against rigging.`;
}

export function staleWords({ snapshot }) {
  return `This is the board of ${moment(snapshot.time)}; the newest cannot be read just now.`;
}

export function emptyWords(category) {
  return category === "overall"
    ? "No battle has been rated yet. Vote in one, reveal the names, and the first ratings appear here."
    : "No battle in this category has been rated yet.";
}

// A sentence in the place of a table, with a way on where there is one.
export function nothing(words, way, act) {
  const button = way ? h("button", { type: "button", onclick: act }, way) : null;
  return h("div", { class: "nothing-yet" }, h("p", { role: "status" }, words), button);
}

// Something that could not be read: said as the API says it, where it says anything.
export function missing(problem, what) {
  if (problem && problem.status >= 400 && problem.status < 500) return nothing(sentence(problem.detail || problem.title));
  const lost = sentence(problem?.detail ?? "");
  return nothing(`${what} cannot be read just now. ${lost} It is tried again by itself.`);
}

export function foot(snapshot, unrated) {
  const lines = [];
  if (unrated.length) {
    const names = unrated.map((one) => one.name).join(", ");
    lines.push(h("p", {}, `Live, and not rated yet: ${names}.`));
  }
  lines.push(
    h(
      "p",
      { class: "snapshot" },
      `Snapshot ${snapshot.id} of `,
      h("time", { datetime: snapshot.time }, moment(snapshot.time)),
      ", hash ",
      h("code", { title: snapshot.hash }, snapshot.hash.slice(0, 12)),
      snapshot.signature ? ", signed by this arena" : "",
      ". Each snapshot names the hash of the one before, so none can be changed unnoticed.",
    ),
  );
  return lines;
}

export function sentence(text) {
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return !full || /[.!?]$/.test(full) ? full : `${full}.`;
}
