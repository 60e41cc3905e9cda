// The plots of a board's own rows: ratings with their intervals, and average win rates.

import { bars, whiskers } from "./charts.js";
import { boundsWords, percent, plural, points, rankRange } from "./figures.js";
import { numbers } from "./numbers.js";

export const intervals = {
  name: "intervals",
  label: "Intervals",
  title: "Ratings and their intervals",
  about: "A point is a rating; the line through it holds the true one with 95 % confidence. Where two lines overlap, the votes do not yet say who is ahead. The mean of all is 1000.",
  past: true,
  draw({ models }, { width, found }) {
    const rows = models.filter((row) => found(row.model));
    return {
      shape: whiskers(
        rows.map((row) => ({ ...row, name: row.model, figure: figure(row, width) })),
        { width, says: `Ratings with 95 % intervals of ${plural(rows.length, "model")}` },
      ),
      numbers: () =>
        numbers(
          "Ratings with 95 % intervals",
          ["Model", "Rank", "Rating", "Lower", "Upper"],
          rows.map((row) => [row.model, rankRange(row), ...[row.rating, row.lower, row.upper].map(points)]),
        ),
    };
  },
};

function figure(row, width) {
  if (width < 600) return points(row.rating);
  return `${points(row.rating)}, ${boundsWords(row).replace("no interval yet", "no interval")}`;
}

export const average = {
  name: "average",
  label: "Average win rate",
  title: "Average win rate",
  about: "The chance, by the ratings, that a model beats another one of the board drawn with equal odds. A tie counts as half. The dashed line is even odds.",
  draw({ models }, { width, found }) {
    const rows = models.filter((row) => found(row.model) && (row.win_rate ?? null) !== null);
    if (!rows.length) return {};
    rows.sort((one, other) => other.win_rate - one.win_rate);
    const shown = rows.map((row) => ({ name: row.model, share: row.win_rate, figure: percent(row.win_rate, 1) }));
    return {
      shape: bars(shown, { width, most: 1, mark: 0.5, unit: (share) => percent(share), says: `Average win rates of ${plural(rows.length, "model")}` }),
      numbers: () => numbers("Average win rates", ["Model", "Average win rate"], shown.map((row) => [row.name, row.figure])),
    };
  },
};
