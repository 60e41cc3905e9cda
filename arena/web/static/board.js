// The leaderboard: rank ranges, each rating with its interval on one common axis.

import { fresh, listed } from "./api.js";
import { axisOf, bar, ticks } from "./axis.js";
import { header, keepInAddress, moment, openable, signOf, sorted } from "./columns.js";
import { h, PHONE } from "./dom.js";
import { rankRange } from "./turn.js";

const REFRESH_MS = 10_000;
const FEW_VOTES = 100;
const COLUMNS = [
  { name: "rank", label: "Rank", value: (row) => row.rank_lower * 1000 + row.rank_upper, up: true },
  { name: "model", label: "Model", value: (row) => row.model.toLowerCase(), up: true },
  { name: "rating", label: "Rating", value: (row) => row.rating },
  { name: "interval", label: "Interval", value: (row) => row.lower ?? -Infinity },
  { name: "votes", label: "Votes", value: (row) => row.votes },
  { name: "won", label: "Won", value: (row) => share(row) },
];
const FOLDED = 2; // columns that a phone shows only in a row's details (board.css)
const KINDS = { simulated: "simulated visitors", judge: "a model as judge", person: "people" };

export class Board {
  constructor() {
    const asked = new URLSearchParams(location.search);
    this.category = asked.get("category") || "overall";
    this.order = asked.get("sort") || "rank";
    this.backwards = asked.get("order") === "reversed";
    this.opened = new Set();
    this.note = h("p", { class: "note" });
    this.picker = h("select", { id: "category", onchange: () => this.pick(this.picker.value) });
    this.place = h("div", { class: "board-table" });
    this.warnings = h("ul", { class: "warnings", hidden: true });
    this.foot = h("div", { class: "board-foot" });
    this.trouble = h("p", { class: "trouble", role: "status", hidden: true });
    this.root = h(
      "div",
      { class: "arena board" },
      h(
        "div",
        { class: "board-head" },
        h("div", {}, h("h1", {}, "Leaderboard"), this.note),
        h("label", { class: "picker", for: "category" }, "Category ", this.picker),
      ),
      this.trouble,
      this.place,
      this.warnings,
      this.foot,
    );
    PHONE.addEventListener("change", () => this.board && this.draw());
    setInterval(() => this.isSeen() && this.refresh(), REFRESH_MS);
    document.addEventListener("visibilitychange", () => this.isSeen() && this.refresh());
  }

  isSeen() {
    return !document.hidden && this.root.isConnected && this.root.offsetParent !== null;
  }

  async start() {
    this.contestants = await listed("/models");
    await this.refresh();
  }

  async refresh() {
    const asked = this.category;
    try {
      const answer = await fresh(`/leaderboard?category=${encodeURIComponent(asked)}`, this.etag);
      this.trouble.hidden = true;
      if (!answer || asked !== this.category) return;
      this.etag = answer.etag;
      this.board = answer.body;
      this.draw();
    } catch (problem) {
      if (problem.status === 404 && asked !== "overall") {
        this.pick("overall");
        return;
      }
      this.trouble.textContent = this.board
        ? `This is the board of ${moment(this.board.snapshot.time)}; the newest cannot be read just now.`
        : `The board cannot be read just now. ${problem.detail ?? ""} It is tried again by itself.`;
      this.trouble.hidden = false;
    }
  }

  pick(category) {
    this.category = category;
    this.etag = null;
    this.address();
    this.refresh();
  }

  sort(column) {
    this.backwards = this.order === column ? !this.backwards : false;
    this.order = column;
    this.address();
    this.draw();
    this.place.querySelector(`[data-column="${column}"]`)?.focus();
  }

  address() {
    keepInAddress([
      ["category", this.category, "overall"],
      ["sort", this.order, "rank"],
      ["order", this.backwards ? "reversed" : "", ""],
    ]);
  }

  draw() {
    const { models, warnings, kinds, categories, snapshot } = this.board;
    this.note.textContent = whose(kinds);
    this.picker.replaceChildren(...categories.map((name) => option(name, this.category)));
    this.place.replaceChildren(models.length ? this.table(models) : empty(this.category));
    this.warnings.replaceChildren(...warnings.map((text) => h("li", {}, sentence(text))));
    this.warnings.hidden = warnings.length === 0;
    this.foot.replaceChildren(...foot(snapshot, this.unrated(models)));
  }

  unrated(models) {
    const rated = new Set(models.map((row) => row.model));
    return this.contestants.filter((one) => !rated.has(one.name) && one.state === "live");
  }

  table(models) {
    const axis = axisOf(models);
    const column = COLUMNS.find((one) => one.name === this.order) ?? COLUMNS[0];
    const sign = signOf(column, this.backwards);
    const inOrder = sorted(models, column, sign, (one, other) => one.rank - other.rank);
    return h(
      "table",
      {},
      h("caption", { class: "unseen" }, `Ratings with 95 % intervals, category ${this.category}`),
      h("thead", {}, h("tr", {}, COLUMNS.map((one) => this.header(one, axis, sign)))),
      h("tbody", {}, inOrder.flatMap((row) => this.rows(row, axis))),
    );
  }

  header(column, axis, sign) {
    const shown = column.name === this.order ? sign : 0;
    const more = column.name === "interval" ? [ticks(axis)] : [];
    return header(column, shown, (name) => this.sort(name), ...more);
  }

  rows(row, axis) {
    const about = this.contestants.find((one) => one.name === row.model);
    const cells = (name) => [
      h("td", { class: "col-rank" }, rankRange(row)),
      h(
        "th",
        { scope: "row", class: "col-model" },
        name,
        isProvisional(row) ? h("span", { class: "mark" }, "provisional") : null,
        about?.organization ? h("span", { class: "maker" }, about.organization) : null,
      ),
      h("td", { class: "col-rating" }, String(Math.round(row.rating))),
      h("td", { class: "col-interval" }, bar(row, axis)),
      h("td", { class: "col-votes" }, row.votes.toLocaleString("en")),
      h("td", { class: "col-won" }, `${Math.round(100 * share(row))} %`),
    ];
    const columns = COLUMNS.length - (PHONE.matches ? FOLDED : 0);
    return openable("rated", row.model, this.opened, columns, cells, explained(row, about));
  }
}

function share({ wins, ties, votes }) {
  return votes ? (wins + ties / 2) / votes : 0;
}

function isProvisional(row) {
  return row.lower === null || row.upper === null || row.votes < FEW_VOTES;
}

function explained(row, about) {
  const known = row.lower !== null && row.upper !== null;
  const interval = known
    ? `With 95 % confidence it lies between ${Math.round(row.lower)} and ${Math.round(row.upper)}.`
    : "There are too few votes to say how far off that may be.";
  const ranks =
    row.rank_lower === row.rank_upper
      ? `Its rank is ${row.rank_lower}: the intervals leave no other.`
      : `Its rank is somewhere from ${row.rank_lower} to ${row.rank_upper}: the intervals of its neighbours overlap.`;
  const few = isProvisional(row)
    ? ` Provisional means fewer than ${FEW_VOTES} votes, or no interval yet.`
    : "";
  const maker = [about?.organization, about?.license].filter(Boolean).join(", ");
  return h(
    "p",
    {},
    `The rating is ${Math.round(row.rating)}; the mean of all is 1000. ${interval} ${ranks} `,
    `It won ${row.wins}, lost ${row.losses} and tied ${row.ties} of ${row.votes} rated battles; `,
    `“won” counts a tie as half.${few}${maker ? ` ${maker}.` : ""}`,
  );
}

function whose(kinds) {
  if (kinds.includes("simulated"))
    return "This is a demo: votes of simulated visitors are counted here beside those of people.";
  return `Counted are the votes of ${kinds.map((kind) => KINDS[kind] ?? kind).join(" and ")}.`;
}

function option(name, chosen) {
  const words = name.replace(/^language-(.*)$/, (_, code) => `language: ${code}`).replace(/-/g, " ");
  return h("option", { value: name, selected: name === chosen }, words);
}

function empty(category) {
  return h(
    "p",
    { class: "nothing-yet" },
    category === "overall"
      ? "No battle has been rated yet. Vote in one, reveal the names, and the first ratings appear here."
      : "No battle in this category has been rated yet.",
  );
}

function foot(snapshot, unrated) {
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

function sentence(text) {
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(full) ? full : `${full}.`;
}
