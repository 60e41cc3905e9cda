// The board's table: its columns, a row for each model on one axis, and what a row explains.

import { axisOf, bar, ticks } from "./axis.js";
import { header, openable, signOf, sorted } from "./columns.js";
import { h, PHONE } from "./dom.js";
import { boundsWords, categoryWords, counted, percent, points, priceWords, rankRange, signed } from "./figures.js";

const BROAD = matchMedia("(min-width: 960px)");
const WIDE = matchMedia("(min-width: 1200px)");
export const WIDTHS = [PHONE, BROAD, WIDE];

// A phone shows the columns of `always` alone; others need a window as wide as `room` says, and a
// row that `has` something to show.
const COLUMNS = [
  { name: "rank", label: "Rank", value: (row) => row.rank_lower * 1000 + row.rank_upper, up: true, always: true },
  { name: "model", label: "Model", value: (row) => row.model.toLowerCase(), up: true, always: true },
  { name: "rating", label: "Rating", value: (row) => row.rating, always: true },
  { name: "interval", label: "Interval", value: (row) => row.lower ?? -Infinity, always: true },
  { name: "votes", label: "Votes", value: (row) => row.votes, has: (row) => row.votes !== undefined },
  { name: "won", label: "Won", value: share, room: BROAD, has: (row) => row.votes !== undefined },
  { name: "style", label: "Style", value: (row) => row.style_delta ?? -Infinity, room: BROAD, has: (row) => isKnown(row.style_delta) },
  { name: "license", label: "Licence", value: (row) => (row.license ?? "~").toLowerCase(), up: true, room: WIDE, has: (row) => row.license },
  { name: "price", label: "Price", value: (row) => row.price?.completion ?? Infinity, up: true, room: WIDE, has: (row) => row.price },
];
const CELLS = {
  rank: (row) => rankRange(row),
  rating: (row) => points(row.rating),
  interval: (row, axis) => bar(row, axis),
  votes: (row) => counted(row.votes),
  won: (row) => percent(share(row)),
  style: (row) => signed(row.style_delta),
  license: (row) => row.license ?? "not said",
  price: (row) => (row.price ? `$${row.price.prompt ?? 0} / $${row.price.completion ?? 0}` : "not said"),
};
const HINTS = {
  style: "Rating with style control less the rating without",
  price: "US dollars for a million tokens in / out",
  won: "Battles won; a tie counts as half",
};

// `all` are the rows of the whole board: they share the axis whatever is filtered out.
export function ratingsTable(found, all, { category, order, backwards, opened, sort }) {
  const columns = COLUMNS.filter((column) => isShown(column, all));
  const axis = axisOf(all);
  const column = COLUMNS.find((one) => one.name === order) ?? COLUMNS[0];
  const sign = signOf(column, backwards);
  const inOrder = sorted(found, column, sign, (one, other) => one.rank - other.rank);
  const heads = columns.map((one) =>
    hinted(header(one, one.name === column.name ? sign : 0, sort, ...(one.name === "interval" ? [ticks(axis)] : [])), HINTS[one.name]),
  );
  return h(
    "table",
    {},
    h("caption", { class: "unseen" }, `Ratings with 95 % intervals, category ${categoryWords(category)}`),
    h("thead", {}, h("tr", {}, heads)),
    h("tbody", {}, inOrder.flatMap((row) => line(row, columns, axis, opened))),
  );
}

function hinted(head, hint) {
  if (hint) head.title = hint;
  return head;
}

function isShown(column, rows) {
  if (column.always) return true;
  if (PHONE.matches || column.room?.matches === false) return false;
  return rows.some(column.has);
}

function line(row, columns, axis, opened) {
  const cells = (name) =>
    columns.map((column) =>
      column.name === "model"
        ? h("th", { scope: "row", class: "col-model" }, name, marksOf(row), row.organization ? h("span", { class: "maker" }, row.organization) : null)
        : h("td", { class: `col-${column.name}` }, CELLS[column.name](row, axis)),
    );
  return openable("rated", row.model, opened, columns.length, cells, () => explained(row));
}

function marksOf(row) {
  const marks = [row.provisional ? "provisional" : null, row.state && row.state !== "live" ? row.state : null];
  return marks.filter(Boolean).map((mark) => h("span", { class: "mark" }, mark));
}

function isKnown(value) {
  return value !== null && value !== undefined;
}

function share({ wins, ties, votes }) {
  return votes ? (wins + ties / 2) / votes : 0;
}

function explained(row) {
  const sentences = [ratingWords(row), rankWords(row), countWords(row), styleWords(row)];
  if (row.provisional) sentences.push("Provisional means that too few votes have been counted for a settled place.");
  if (isKnown(row.win_rate)) sentences.push(`Against another model of this board it is expected to win ${percent(row.win_rate)}.`);
  const facts = [row.organization, row.license, row.price ? priceWords(row.price) : null, row.provider ? `entered by ${row.provider}` : null];
  if (facts.some(Boolean)) sentences.push(`${facts.filter(Boolean).join("; ")}.`);
  return h("p", {}, sentences.filter(Boolean).join(" "));
}

function ratingWords(row) {
  const rating = `The rating is ${points(row.rating)}; the mean of all is 1000.`;
  if (!isKnown(row.lower) && !isKnown(row.upper)) return `${rating} There are too few votes to say how far off that may be.`;
  if (!isKnown(row.lower) || !isKnown(row.upper)) return `${rating} With 95 % confidence it is ${boundsWords(row)}; its votes leave the other end open.`;
  return `${rating} With 95 % confidence it lies between ${points(row.lower)} and ${points(row.upper)}.`;
}

function rankWords({ rank_lower: low, rank_upper: high }) {
  return low === high
    ? `Its rank is ${low}: the intervals leave no other.`
    : `Its rank is somewhere from ${low} to ${high}: the intervals of its neighbours overlap.`;
}

function countWords(row) {
  if (row.votes === undefined) return null;
  return `It won ${row.wins}, lost ${row.losses} and tied ${row.ties} of ${row.votes} rated battles; “won” counts a tie as half.`;
}

function styleWords(row) {
  if (!isKnown(row.style_delta)) return null;
  return `With the effect of style taken out, its rating is ${signed(row.style_delta)} points away.`;
}
