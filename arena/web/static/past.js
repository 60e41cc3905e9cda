// The board of an earlier day, read off the ratings over time.

const DAY_MS = 86_400_000;

// The board at the end of `date` (YYYY-MM-DD, UTC), best first; null before the first day.
export function boardOf({ times, models }, date) {
  const end = Date.parse(`${date}T00:00:00Z`) + DAY_MS;
  const at = times.findLastIndex((time) => Date.parse(time) <= end);
  if (at < 0) return null;
  const rows = models
    .filter((one) => one.rating[at] !== null)
    .map((one) => ({ model: one.model, rating: one.rating[at], lower: one.lower[at], upper: one.upper[at] }))
    .sort((one, other) => other.rating - one.rating);
  return { time: times[at], models: rows.map((row) => ({ ...row, ...ranks(row, rows) })) };
}

// The rank, and the best and the worst that the intervals leave; an unknown bound is endless.
function ranks(row, rows) {
  const surely = (one, other) => (one.lower ?? -Infinity) > (other.upper ?? Infinity);
  const above = rows.filter((other) => surely(other, row)).length;
  const below = rows.filter((other) => surely(row, other)).length;
  return {
    rank: 1 + rows.filter((other) => other.rating > row.rating).length,
    rank_lower: 1 + above,
    rank_upper: rows.length - below,
  };
}
