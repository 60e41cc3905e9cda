// The common axis of the board: where a rating lies, its ticks, and a row's interval on it.

import { h } from "./dom.js";

const NARROWEST = 100;
const MARGIN = 0.06;
const STEPS = [20, 25, 50, 100, 200, 250, 500, 1000];

// The span all rows share, a little wider than every bound that is known.
export function axisOf(models) {
  const values = models.flatMap(({ rating, lower, upper }) => [rating, lower ?? rating, upper ?? rating]);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const lacking = Math.max(0, NARROWEST - (high - low));
  low -= lacking / 2;
  high += lacking / 2;
  const edge = (high - low) * MARGIN;
  return { low: low - edge, high: high + edge };
}

function place({ low, high }, value) {
  return Math.max(0, Math.min(100, (100 * (value - low)) / (high - low)));
}

function marks(axis) {
  const step = STEPS.find((one) => (axis.high - axis.low) / one <= 4) ?? 2000;
  const found = [];
  for (let value = Math.ceil(axis.low / step) * step; value <= axis.high; value += step)
    found.push(value);
  return found;
}

export function ticks(axis) {
  return h(
    "div",
    { class: "ticks", "aria-hidden": "true" },
    marks(axis).map((value) => at(h("span", {}, String(value)), place(axis, value))),
  );
}

export function bar(row, axis) {
  const known = row.lower !== null && row.upper !== null;
  const label = known
    ? `from ${Math.round(row.lower)} to ${Math.round(row.upper)}`
    : "no interval yet";
  const frame = h("div", { class: known ? "bar" : "bar unknown", role: "img", "aria-label": label });
  for (const value of marks(axis)) frame.append(at(h("i", { class: "grid" }), place(axis, value)));
  if (known) {
    const [from, to] = [place(axis, row.lower), place(axis, row.upper)];
    const line = at(h("i", { class: "interval" }), from);
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
