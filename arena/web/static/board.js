// The leaderboard: what is asked of it, read again and again, and kept in the address.

import { listed } from "./api.js";
import { ratingsTable, WIDTHS } from "./board_table.js";
import { emptyWords, foot, missing, nothing, sentence, staleWords, whose } from "./board_words.js";
import { keepInAddress } from "./columns.js";
import { h } from "./dom.js";
import { categoryWords, dayEnding } from "./figures.js";
import { downloads, figure } from "./figure.js";
import { Filters } from "./filters.js";
import { boardOf } from "./past.js";
import { PLOTS, TABLE } from "./plots.js";
import { Sources } from "./sources.js";
import { Views } from "./views.js";

const REFRESH_MS = 10_000;
const SETTLED_MS = 150;

export class Board {
  constructor() {
    const asked = new URLSearchParams(location.search);
    this.category = asked.get("category") || "overall";
    this.order = asked.get("sort") || "rank";
    this.backwards = asked.get("order") === "reversed";
    this.style = asked.get("style") === "controlled";
    this.date = /^\d{4}-\d\d-\d\d$/.test(asked.get("date")) ? asked.get("date") : "";
    this.plot = [TABLE, ...PLOTS].find((one) => one.name === asked.get("plot")) ?? TABLE;
    this.opened = new Set();
    this.contestants = [];
    this.providers = new Map();
    this.sources = new Sources();
    this.filters = new Filters(asked, () => this.changed());
    this.views = new Views([TABLE, ...PLOTS], (plot) => this.ask({ plot }));
    this.build();
    for (const width of WIDTHS) width.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.resized()).observe(this.place);
    new MutationObserver(() => this.draw()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    setInterval(() => this.isSeen() && this.refresh(), REFRESH_MS);
    document.addEventListener("visibilitychange", () => this.isSeen() && this.refresh());
  }

  build() {
    this.note = h("p", { class: "note" });
    this.picker = h("select", { id: "category", onchange: () => this.ask({ category: this.picker.value }) });
    this.picker.append(h("option", { value: this.category }, categoryWords(this.category)));
    this.calendar = h("input", { type: "date", id: "board-date", value: this.date, onchange: () => this.ask({ date: this.calendar.value }) });
    this.toggle = h("input", { type: "checkbox", checked: this.style, onchange: () => this.ask({ style: this.toggle.checked }) });
    this.place = h("div", { class: "board-place" });
    this.warnings = h("ul", { class: "warnings", hidden: true });
    this.foot = h("div", { class: "board-foot" });
    this.trouble = h("p", { class: "trouble", role: "status", hidden: true });
    this.root = h(
      "div",
      { class: "arena board" },
      h("div", { class: "board-head" }, h("h1", {}, "Leaderboard"), this.note),
      h(
        "div",
        { class: "pickers" },
        h("label", { class: "picker", for: "category" }, "Category ", this.picker),
        h("label", { class: "picker", for: "board-date" }, "As of ", this.calendar),
        h("label", { class: "picker", for: "board-search" }, "Find ", this.filters.search),
        h("label", { class: "box", title: "Ratings with the effect of length, headings, lists and bold type taken out" }, this.toggle, "Style control"),
        this.filters.folded,
      ),
      this.views.root,
      this.trouble,
      this.filters.count,
      this.place,
      this.warnings,
      this.foot,
    );
  }

  isSeen() {
    return !document.hidden && this.root.isConnected && this.root.offsetParent !== null;
  }

  async start() {
    this.views.choose(this.plot);
    const also = [listed("/models"), listed("/leaderboard/sampling")];
    await this.refresh();
    const [contestants, drawn] = await Promise.all(also);
    this.contestants = contestants;
    this.providers = new Map(drawn.map(({ model, provider }) => [model, provider]));
    this.draw();
  }

  // The addresses behind what is shown: the board always, the past and a plot's own where asked.
  paths() {
    const category = encodeURIComponent(this.category);
    const board = `/leaderboard?category=${category}${this.style ? "&style_control=true" : ""}`;
    return {
      board,
      past: this.date ? `/leaderboard/history?category=${category}` : null,
      plot: this.plot.path?.(this) ?? null,
    };
  }

  async refresh() {
    const paths = this.paths();
    const asked = Object.entries(paths).filter(([, path]) => path);
    const got = await Promise.all(asked.map(([, path]) => this.sources.read(path)));
    if (JSON.stringify(paths) !== JSON.stringify(this.paths())) return;
    const read = Object.fromEntries(asked.map(([name], at) => [name, got[at]]));
    if (read.board.problem?.status === 404 && this.category !== "overall" && !this.style) {
      this.ask({ category: "overall" });
      return;
    }
    const known = JSON.stringify(paths);
    const problems = got.map(({ problem }) => problem?.message ?? "").join("\n");
    const isSame = known === this.asked && problems === this.problems && !got.some(({ isNew }) => isNew);
    if (isSame) return;
    [this.asked, this.problems, this.read] = [known, problems, read];
    this.draw();
  }

  // A visitor asks for another view: {category}, {date}, {style} or {plot}.
  ask(wish) {
    Object.assign(this, wish);
    this.calendar.value = this.date;
    this.views.choose(this.plot);
    this.address();
    if (this.asked === JSON.stringify(this.paths())) this.draw();
    this.refresh();
  }

  sort(column) {
    this.backwards = this.order === column ? !this.backwards : false;
    this.order = column;
    this.changed();
  }

  changed() {
    this.address();
    this.draw();
  }

  address() {
    keepInAddress([
      ["category", this.category, "overall"],
      ["plot", this.plot.name, TABLE.name],
      ["date", this.date, ""],
      ["style", this.style ? "controlled" : "", ""],
      ["sort", this.order, "rank"],
      ["order", this.backwards ? "reversed" : "", ""],
      ...this.filters.address,
    ]);
  }

  resized() {
    clearTimeout(this.settling);
    const isOther = this.place.clientWidth !== this.width && this.plot !== TABLE;
    if (isOther) this.settling = setTimeout(() => this.draw(), SETTLED_MS);
  }

  draw() {
    if (!this.read) return;
    const focused = this.place.contains(document.activeElement) ? handleOf(document.activeElement) : null;
    const { board } = this.read;
    this.width = this.place.clientWidth;
    this.trouble.hidden = !board.problem || !board.body;
    this.trouble.textContent = board.problem && board.body ? staleWords(board.body) : "";
    if (board.body) this.head(board.body);
    this.place.replaceChildren(this.content());
    if (focused) this.place.querySelector(focused)?.focus({ preventScroll: true });
  }

  head(board) {
    const { categories, warnings, snapshot, models } = board;
    this.note.textContent = whose(board);
    const isSame = [...this.picker.options].map(({ value }) => value).join() === categories.join();
    if (!isSame) this.picker.replaceChildren(...categories.map((name) => h("option", { value: name }, categoryWords(name))));
    this.picker.value = this.category;
    this.warnings.replaceChildren(...warnings.map((text) => h("li", {}, sentence(text))));
    this.warnings.hidden = warnings.length === 0;
    const rated = new Set(models.map((row) => row.model));
    const unrated = this.contestants.filter((one) => !rated.has(one.name) && one.state === "live");
    this.foot.replaceChildren(...foot(snapshot, unrated));
  }

  // What stands in the middle: the table, a plot, or a sentence where there is neither.
  content() {
    const { board, past } = this.read;
    if (!board.body) return missing(board.problem, this.style ? "Style control" : "The board");
    const shown = this.date ? this.asOf(board.body, past) : { ...board.body };
    if (!shown.models) return shown;
    shown.models = shown.models.map((row) => ({ ...row, provider: this.providers.get(row.model) }));
    const found = shown.models.filter((row) => this.filters.fits(row));
    this.filters.offer(shown.models, found.length);
    if (!shown.models.length) return nothing(emptyWords(this.category));
    if (!found.length) return nothing("No model fits these filters.", "Show all models", () => this.filters.clear());
    return this.plot === TABLE ? this.table(shown, found) : this.drawn(shown, found);
  }

  asOf({ models: current }, past) {
    if (!past?.body) return missing(past?.problem, "The ratings over time");
    const board = boardOf(past.body, this.date);
    const today = () => this.ask({ date: "" });
    if (!board) return nothing("No battle had been rated on that day yet.", "Show the board of today", today);
    const known = new Map(current.map(({ model, organization, license, price }) => [model, { organization, license, price }]));
    return { ...board, models: board.models.map((row) => ({ ...known.get(row.model), ...row })) };
  }

  table(board, found) {
    const table = ratingsTable(found, board.models, { ...this, sort: (column) => this.sort(column) });
    return h("div", {}, this.dated(board), h("div", { class: "board-table" }, table), downloads(TABLE, this.date ? this.paths().past : this.paths().board));
  }

  drawn(board, found) {
    const { plot: own } = this.read;
    if (this.plot.path && !own?.body) return missing(own?.problem, this.plot.title);
    const names = new Set(found.map((row) => row.model));
    const isFound = this.filters.isOn() ? (name) => names.has(name) : () => true;
    const view = { width: (this.place.clientWidth || 960) - 34, found: isFound };
    const drawn = this.plot.draw(own?.body ?? board, view);
    if (!drawn.shape && !drawn.numbers) return nothing("There is nothing to draw here yet: it takes a few more votes.");
    const path = this.paths().plot ?? (this.date ? this.paths().past : this.paths().board);
    return h(
      "div",
      {},
      this.dated(board),
      figure(this.plot, drawn, { path, opened: this.numbersOpen, onOpen: (isOpen) => (this.numbersOpen = isOpen) }),
    );
  }

  dated(board) {
    if (!this.date) return null;
    const words = this.plot.past
      ? `These are the ratings as they stood at the end of ${dayEnding(board.time)}; ranks are read off that day's intervals.`
      : "This view shows today: only the table, the intervals and the ratings over time go back.";
    return h("p", { class: "note dated" }, `${words} `, h("button", { type: "button", class: "plain", onclick: () => this.ask({ date: "" }) }, "Back to today"));
  }
}

// A selector by which the focused element is found again in a new drawing.
function handleOf(element) {
  for (const name of ["data-column", "aria-controls", "id"])
    if (element.getAttribute(name)) return `[${name}="${CSS.escape(element.getAttribute(name))}"]`;
  return element.localName === "canvas" || element.localName === "summary" ? element.localName : null;
}
