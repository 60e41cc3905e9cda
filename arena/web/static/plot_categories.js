// The heat map of categories: every model's rank in each of them.

import { categoryWords, points } from "./figures.js";
import { Heat } from "./heat.js";
import { numbers } from "./numbers.js";

export const categories = {
  name: "categories",
  label: "Categories",
  title: "Ranks by category",
  about: "The figure is a model's rank among those rated in a category; the stronger the colour, the nearer to the top. Where nobody voted, the cell is crossed out.",
  path: () => "/leaderboard/categories",
  draw({ models, categories: names, ratings, ranks }, { found }) {
    const kept = models.map((_, at) => at).filter((at) => found(models[at]));
    if (!kept.length || !names.length) return {};
    const last = names.map((_, column) => Math.max(1, ...ranks.map((row) => row[column] ?? 1)));
    const shown = names.map(categoryWords);
    const heat = new Heat({
      rows: kept.map((at) => models[at]),
      columns: shown,
      value: (row, column) => (ranks[kept[row]][column] === null ? null : [ranks[kept[row]][column], column]),
      place: ([rank, column]) => 1 - (rank - 1) / Math.max(1, last[column] - 1),
      shades: "more",
      text: ([rank]) => String(rank),
      words: (row, column) => said(models[kept[row]], shown[column], ranks[kept[row]][column], ratings[kept[row]][column]),
      label: `Heat map of ranks, ${kept.length} models by ${names.length} categories`,
    });
    return { shape: heat, numbers: () => table(kept, models, shown, ranks, ratings) };
  },
};

function said(model, category, rank, rating) {
  if (rank === null) return `${model} has no rating in ${category}.`;
  return `${model} is number ${rank} in ${category}, rated ${points(rating)}.`;
}

function table(kept, models, names, ranks, ratings) {
  const cell = (at, column) => (ranks[at][column] === null ? "–" : `${ranks[at][column]} (${points(ratings[at][column])})`);
  return numbers(
    "Rank and, in brackets, rating by category",
    ["Model", ...names],
    kept.map((at) => [models[at], ...names.map((_, column) => cell(at, column))]),
  );
}
