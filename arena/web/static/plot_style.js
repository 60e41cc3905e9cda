// The plot of style coefficients: how much votes lean towards length, headings, lists, bold type.

import { whiskers } from "./charts.js";
import { moment } from "./figures.js";
import { numbers } from "./numbers.js";

const NAMES = { tokens: "length", length: "length", headers: "headings", lists: "lists", bold: "bold type" };

export const style = {
  name: "style",
  label: "Style",
  title: "What style does to votes",
  about: "How votes lean when one answer has more of a feature than the other, the models being equal: what one standard deviation more adds to the log odds of a win. Right of zero it helps, left it hurts; a line that crosses zero leaves it open.",
  path: ({ category }) => `/leaderboard?category=${encodeURIComponent(category)}&style_control=true`,
  draw({ style: fitted }, { width }) {
    if (!fitted?.features.length) return {};
    const rows = fitted.features.map(({ name, coefficient, lower, upper }) => ({
      name: NAMES[name] ?? name.replace(/_/g, " "),
      rating: coefficient,
      lower,
      upper,
      figure: decimal(coefficient),
    }));
    return {
      csv: csvOf(fitted.features),
      note: `Fitted ${moment(fitted.time)}.`,
      shape: whiskers(rows, { width, narrowest: 0.02, zero: true, says: "Style coefficients with 95 % intervals" }),
      numbers: () =>
        numbers(
          "Style coefficients with 95 % intervals",
          ["Feature", "Coefficient", "Lower", "Upper"],
          rows.map((row) => [row.name, ...[row.rating, row.lower, row.upper].map(decimal)]),
        ),
    };
  },
};

// The API's CSV of this address holds the ratings; the coefficients are written here.
function csvOf(features) {
  const lines = features.map(({ name, coefficient, lower, upper }) => [name, coefficient, lower ?? "", upper ?? ""]);
  return [["name", "coefficient", "lower", "upper"], ...lines].map((cells) => `${cells.join()}\n`).join("");
}

function decimal(value) {
  if (value === null) return "–";
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(3)}`;
}
