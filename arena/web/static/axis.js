// The axis of a board or a chart: how far it reaches, its round marks, a row's interval on it.

import { h } from "./dom.js";
import { boundsWords } from "./figures.js";

const NARROWEST = 100;
const MARGIN = 0.06;

// The span all rows share, a little wider than every bound that is known.
export function axisOf(rows, narrowest = NARROWEST) {
  let low = Infinity;
  let high = -Infinity;
  for (const { rating, lower, upper } of rows) {
    low = Math.min(low, rating, lower ?? rating);
    high = Math.max(high, rating, upper ?? rating);
  }
  if (low > high) [low, high] = [0, 0];
  const lacking = Math.max(0, narrowest - (high - low));
  low -= lacking / 2;
  high += lacking / 2;
  const edge = (high - low) * MARGIN;
  return { low: low - edge, high: high + edge };
}

// Where a value lies, in percent of the axis.
export function place({ low, high }, value) {
  return Math.max(0, Math.min(100, (100 * (value - low)) / (high - low)));
}

// Round values along an axis, `most` steps at most.
export function marks({ low, high }, most = 4) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const found = [];
  for (let count = Math.ceil(low / step); count * step <= high; count += 1)
    found.push(Number((count * step).toFixed(digits)));
  return found;
}

export function ticks(axis) {
  return h(
    "div",
    { class: "ticks", "aria-hidden": "true" },
    marks(axis).map((value) => at(h("span", {}, String(value)), place(axis, value))),
  );
}

// A row's interval; one that is open on a side runs to that end of the axis.
export function bar(row, axis) {
  const known = row.lower !== null || row.upper !== null;
  const name = known ? "bar" : "bar unknown";
  const frame = h("div", { class: name, role: "img", "aria-label": boundsWords(row) });
  for (const value of marks(axis)) frame.append(at(h("i", { class: "grid" }), place(axis, value)));
  if (known) {
    const from = row.lower === null ? 0 : place(axis, row.lower);
    const to = row.upper === null ? 100 : place(axis, row.upper);
    const line = at(h("i", { class: row.lower === null || row.upper === null ? "interval open" : "interval" }), from);
    line.style.width = `${Math.max(0.5, to - from)}%`;
    frame.append(line);
  }
  frame.append(at(h("i", { class: "point" }), place(axis, row.rating)));
  return frame;
}

function at(element, percent) {
  element.style.left = `${percent}%`;
  return element;
}
