// The heat maps of pairs: the chance that one model beats another, and how often they met.

import { h } from "./dom.js";
import { counted, percent, plural } from "./figures.js";
import { Heat } from "./heat.js";
import { numbers } from "./numbers.js";

export const predicted = {
  name: "predicted",
  label: "Win chances",
  title: "Who would beat whom",
  about: "The chance, by the ratings, that the model of the row beats the model of the column. Orange is above even odds, blue below; a cell's figure stands in it or is said above the map.",
  path: pairsPath,
  draw: (data, view) =>
    pairs(data, view, {
      value: ({ predicted: all }, row, column) => all[row][column],
      place: () => (share) => share,
      shades: "apart",
      text: (share) => String(Math.round(100 * share)),
      unknown: (one, other) => `No votes link ${one} and ${other}, so nobody can say.`,
      words: (share, one, other) => `${one} beats ${other} with a chance of ${percent(share, 1)}.`,
      label: "Heat map of predicted win chances",
    }),
};

export const battles = {
  name: "battles",
  label: "Battle counts",
  title: "Who met whom, how often",
  about: "Rated battles of every pair; the stronger the colour, the more. A pair that never met is crossed out: what is said of it comes from their other battles alone.",
  path: pairsPath,
  draw: (data, view) =>
    pairs(data, view, {
      value: ({ battles: all }, row, column) => all[row][column] || null,
      place: (most) => (count) => Math.log1p(count) / Math.log1p(most),
      shades: "more",
      text: short,
      unknown: (one, other) => `${one} and ${other} have not met.`,
      words: (count, one, other) => `${one} and ${other} met in ${plural(count, "rated battle")}.`,
      label: "Heat map of battle counts",
    }),
};

function pairsPath({ category }) {
  return `/leaderboard/pairs?category=${encodeURIComponent(category)}`;
}

function pairs(data, { found }, { value, place, text, words, unknown, ...kind }) {
  const kept = data.models.map((_, at) => at).filter((at) => found(data.models[at]));
  if (kept.length < 2) return {};
  const names = kept.map((at) => data.models[at]);
  const cell = (row, column) => (row === column ? null : value(data, kept[row], kept[column]));
  const heat = new Heat({
    rows: names,
    columns: names,
    value: cell,
    place: place(largest(data.battles)),
    text,
    words: (row, column) => said(names[row], names[column], cell(row, column), { words, unknown }),
    ...kind,
    label: `${kind.label}, ${names.length} by ${names.length} models`,
  });
  return { shape: heat, numbers: () => againstOne(data, kept) };
}

function said(one, other, value, { words, unknown }) {
  if (one === other) return `${one} does not meet itself.`;
  return value === null ? unknown(one, other) : words(value, one, other);
}

function largest(rows) {
  let most = 1;
  for (const row of rows) for (const count of row) most = Math.max(most, count ?? 0);
  return most;
}

function short(count) {
  return count < 1000 ? String(count) : `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`;
}

// A square of figures read row by row: one model, chosen by name, against every other.
function againstOne({ models, battles: met, wins, predicted: chances }, kept) {
  const place = h("div", {});
  const draw = (row) =>
    place.replaceChildren(
      numbers(
        `${models[row]} against each other model`,
        ["Against", "Battles", "Won of decided", "Chance to win"],
        kept
          .filter((column) => column !== row)
          .map((column) => [models[column], counted(met[row][column]), percent(wins[row][column]), percent(chances[row][column], 1)]),
      ),
    );
  const options = kept.map((row) => h("option", { value: String(row) }, models[row]));
  const picker = h("select", { id: "against", onchange: () => draw(Number(picker.value)) }, options);
  draw(kept[0]);
  return h("div", {}, h("label", { class: "picker", for: "against" }, "Figures of ", picker), place);
}
