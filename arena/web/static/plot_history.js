// The plot of ratings over time.

import { dayEnding, plural, points } from "./figures.js";
import { lines, MOST } from "./lines.js";
import { numbers } from "./numbers.js";

export const history = {
  name: "history",
  label: "Over time",
  title: "Ratings over time",
  about: "Each day is fitted from all votes up to its end, so a line moves less and less as votes gather.",
  past: true,
  path: ({ category }) => `/leaderboard/history?category=${encodeURIComponent(category)}`,
  draw({ times, models }, { width, found }) {
    const fitting = best(models.filter((one) => found(one.model)));
    if (!times.length || !fitting.length) return {};
    const shown = fitting.slice(0, MOST);
    const more = fitting.length - shown.length;
    return {
      note: more ? `Drawn are the ${MOST} best of ${fitting.length}; find others by name to see them.` : null,
      shape: lines(times, shown, { width, says: `Ratings of ${plural(shown.length, "model")} on ${plural(times.length, "day")}` }),
      numbers: () => table(times, shown),
    };
  },
};

function best(models) {
  const last = (one) => one.rating.findLast((value) => value !== null) ?? -Infinity;
  return [...models].sort((one, other) => last(other) - last(one));
}

function table(times, models) {
  const rows = times.map((time, at) => [dayEnding(time), ...models.map((one) => points(one.rating[at]))]);
  return numbers("Ratings by day, the latest first", ["Day", ...models.map((one) => one.model)], rows.toReversed());
}
