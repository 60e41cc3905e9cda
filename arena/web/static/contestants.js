// Every contestant ever entered: who it is, where it stands and stood, what it took part in.

import { fresh } from "./api.js";
import { header, keepInAddress, openable, signOf, sorted } from "./columns.js";
import { h, PHONE } from "./dom.js";
import { day, moment, priceWords } from "./figures.js";

const REFRESH_MS = 30_000;
const STATES = {
  live: "Live",
  verifying: "Verifying",
  paused: "Paused",
  failed: "Failed",
  retired: "Retired",
};
const COLUMNS = [
  { name: "name", label: "Contestant", value: (row) => row.name.toLowerCase(), up: true },
  { name: "state", label: "State", value: (row) => Object.keys(STATES).indexOf(row.state), up: true },
  { name: "license", label: "Licence", value: (row) => (row.license ?? "").toLowerCase(), up: true },
  { name: "battles", label: "Battles", value: (row) => row.battles },
  { name: "votes", label: "Votes", value: (row) => row.votes },
  { name: "entered", label: "Entered", value: (row) => row.created },
];
const FOLDED = 3; // columns that a phone shows only in a row's details (contestants.css)

export class Contestants {
  constructor() {
    const asked = new URLSearchParams(location.search);
    this.state = asked.get("state") in STATES ? asked.get("state") : "";
    this.wanted = asked.get("find") || "";
    this.order = asked.get("by") || "entered";
    this.backwards = asked.get("turned") === "yes";
    this.opened = new Set();
    this.prompts = new Set(); // whose system prompt is being read
    this.note = h("p", { class: "note" });
    this.search = h("input", {
      id: "find-contestant",
      type: "search",
      autocomplete: "off",
      spellcheck: "false",
      value: this.wanted,
      oninput: () => this.find(this.search.value),
    });
    this.picker = h("select", { id: "state", onchange: () => this.pick(this.picker.value) });
    this.count = h("p", { class: "note found", role: "status" });
    this.place = h("div", { class: "board-table" });
    this.trouble = h("p", { class: "trouble", role: "status", hidden: true });
    this.root = h(
      "div",
      { class: "arena board contestants" },
      h(
        "div",
        { class: "board-head" },
        h("div", {}, h("h1", {}, "Contestants"), this.note),
        h(
          "div",
          { class: "pickers" },
          h("label", { class: "picker", for: "find-contestant" }, "Find ", this.search),
          h("label", { class: "picker", for: "state" }, "State ", this.picker),
        ),
      ),
      this.trouble,
      this.count,
      this.place,
    );
    PHONE.addEventListener("change", () => this.list && this.draw());
    setInterval(() => this.isSeen() && this.refresh(), REFRESH_MS);
    document.addEventListener("visibilitychange", () => this.isSeen() && this.refresh());
  }

  isSeen() {
    return !document.hidden && this.root.isConnected && this.root.offsetParent !== null;
  }

  async start() {
    await this.refresh();
  }

  async refresh() {
    try {
      const answer = await fresh("/models", this.etag);
      this.trouble.hidden = true;
      if (!answer) return;
      this.etag = answer.etag;
      this.list = answer.body;
      this.draw();
    } catch (problem) {
      this.trouble.textContent = `The list cannot be read just now. ${problem.detail ?? ""} It is tried again by itself.`;
      this.trouble.hidden = false;
    }
  }

  find(text) {
    this.wanted = text;
    this.changed();
  }

  pick(state) {
    this.state = state;
    this.changed();
  }

  sort(column) {
    this.backwards = this.order === column ? !this.backwards : false;
    this.order = column;
    this.changed();
    this.place.querySelector(`[data-column="${column}"]`)?.focus();
  }

  changed() {
    this.address();
    this.draw();
  }

  address() {
    keepInAddress([
      ["state", this.state, ""],
      ["find", this.wanted.trim(), ""],
      ["by", this.order, "entered"],
      ["turned", this.backwards ? "yes" : "", ""],
    ]);
  }

  draw() {
    if (!this.list) return;
    const { models, hidden_at_most: most } = this.list;
    const found = models.filter((one) => fits(one, this.state, this.wanted));
    this.note.textContent = `Everyone who ever entered stays here. A name may be hidden for ${most.days} days or ${most.votes.toLocaleString("en")} votes at most.`;
    this.picker.replaceChildren(...options(models, this.state));
    this.count.textContent = models.length ? counted(found.length, models.length) : "";
    this.place.replaceChildren(found.length ? this.table(found) : this.nothing(models));
  }

  table(found) {
    const column = COLUMNS.find((one) => one.name === this.order) ?? COLUMNS.at(-1);
    const sign = signOf(column, this.backwards);
    const names = (one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1);
    const rows = sorted(found, column, sign, names);
    const heads = COLUMNS.map((one) =>
      header(one, one.name === column.name ? sign : 0, (name) => this.sort(name)),
    );
    const columns = COLUMNS.length - (PHONE.matches ? FOLDED : 0);
    return h(
      "table",
      {},
      h("caption", { class: "unseen" }, "Every contestant ever entered, with its state"),
      h("thead", {}, h("tr", {}, heads)),
      h(
        "tbody",
        {},
        rows.flatMap((row) =>
          openable("entered", row.name, this.opened, columns, (name) => cells(row, name), () => about(row, this.prompts)),
        ),
      ),
    );
  }

  nothing(models) {
    if (!models.length)
      return h("p", { class: "nothing-yet" }, "No model has been entered yet. The first one appears here as soon as it is.");
    const again = h(
      "button",
      { type: "button", onclick: () => this.all() },
      "Show all contestants",
    );
    return h("div", { class: "nothing-yet" }, h("p", {}, "No contestant fits this search."), again);
  }

  all() {
    this.search.value = "";
    [this.state, this.wanted] = ["", ""];
    this.changed();
    this.search.focus();
  }
}

function fits(one, state, wanted) {
  if (state && one.state !== state) return false;
  const texts = [one.name, one.alias, one.organization, one.license].filter(Boolean);
  const said = texts.join(" ").toLowerCase();
  return wanted.toLowerCase().trim().split(/\s+/).every((word) => said.includes(word));
}

function options(models, chosen) {
  const all = h("option", { value: "", selected: !chosen }, `all (${models.length})`);
  const states = Object.entries(STATES).map(([state, label]) => {
    const count = models.filter((one) => one.state === state).length;
    return h("option", { value: state, selected: state === chosen }, `${label.toLowerCase()} (${count})`);
  });
  return [all, ...states];
}

function counted(found, all) {
  const noun = all === 1 ? "contestant" : "contestants";
  return found === all ? `${all} ${noun}` : `${found} of ${all} ${noun}`;
}

function isHidden(row) {
  return Boolean(row.alias) && !row.released;
}

function since(row) {
  return row.states.at(-1)?.at ?? row.changed;
}

function cells(row, name) {
  return [
    h(
      "th",
      { scope: "row", class: "col-name" },
      name,
      isHidden(row) ? h("span", { class: "mark" }, "pre-release") : null,
      row.organization ? h("span", { class: "maker" }, row.organization) : null,
    ),
    h(
      "td",
      { class: "col-state" },
      h("span", { class: `standing is-${row.state}` }, STATES[row.state] ?? row.state),
      h(
        "span",
        { class: "maker" },
        h("span", { class: "since" }, "since "),
        h("time", { datetime: since(row) }, day(since(row))),
      ),
    ),
    h("td", { class: "col-license" }, row.license ?? "not said"),
    h("td", { class: "col-battles" }, row.battles.toLocaleString("en")),
    h("td", { class: "col-votes" }, row.votes.toLocaleString("en")),
    h("td", { class: "col-entered" }, h("time", { datetime: row.created }, day(row.created))),
  ];
}

function about(row, prompts) {
  return [
    h("dl", { class: "known" }, facts(row).map(([term, words]) => [h("dt", {}, term), h("dd", {}, words)]).flat()),
    row.system_prompt ? systemPrompt(row, prompts) : null,
    h("ol", { class: "stations" }, row.states.map(stateLine)),
  ].filter(Boolean);
}

function systemPrompt(row, prompts) {
  const text = h("pre", { tabindex: "0", role: "group", "aria-label": "System prompt" }, row.system_prompt);
  const details = h("details", { open: prompts.has(row.name) }, h("summary", {}, "System prompt"), text);
  details.addEventListener("toggle", () =>
    details.open ? prompts.add(row.name) : prompts.delete(row.name),
  );
  return details;
}

function stateLine({ state, at }) {
  return h("li", {}, `${STATES[state] ?? state}, `, h("time", { datetime: at }, moment(at)));
}

function facts(row) {
  const known = [
    ["Entered", moment(row.created)],
    ["Name", nameWords(row)],
    ["Licence", row.license ?? "not said"],
    ["Rated votes", `${row.votes.toLocaleString("en")}, in ${row.battles.toLocaleString("en")} closed battles`],
    ["Context", row.context_length ? `${row.context_length.toLocaleString("en")} tokens` : null],
    ["Takes", row.modalities.join(", ")],
    ["Price", row.price ? priceWords(row.price) : null],
    ["Last check", row.checks ? checkWords(row.checks) : null],
  ];
  return known.filter(([, words]) => words);
}

function nameWords(row) {
  if (isHidden(row)) return "hidden under this alias until it is released";
  if (row.released) return `known as ${row.alias} until ${moment(row.released)}`;
  return null;
}

function checkWords({ passed, failed, names_itself: named, at }) {
  const figures = failed ? `${passed} passed, ${failed} failed` : `all ${passed} passed`;
  const asked = { true: "; asked who it is, it names itself", false: "; asked who it is, it does not name itself" };
  return `${figures}, ${moment(at)}${asked[named] ?? ""}`;
}
