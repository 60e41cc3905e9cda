// Charts with a row for each name: a point with its interval, or a bar; the figure stands beside.

import { axisOf, marks, place } from "./axis.js";
import { chart, label, s, widthOf } from "./svg.js";

const ROW = 26;
const AXIS = 26;
const GAP = 12;
const NAME_SHARE = 0.34;
const NAME_MOST = 300;

// Rows of {name, rating, lower, upper, figure}; `zero` draws the line of no effect.
export function whiskers(rows, { width, narrowest, zero, says }) {
  const axis = axisOf(zero ? [...rows, { rating: 0, lower: null, upper: null }] : rows, narrowest);
  const svg = framed(rows, { width, axis, says });
  if (zero) svg.rule(0, "zero");
  rows.forEach((row, at) => whisker(svg, row, at));
  return svg.element;
}

function whisker({ element, x, left, right }, row, at) {
  const y = middle(at);
  const known = row.lower !== null || row.upper !== null;
  const from = row.lower === null ? left : x(row.lower);
  const to = row.upper === null ? right : x(row.upper);
  if (known) element.append(s("line", { class: "whisker", x1: from, x2: to, y1: y, y2: y }));
  for (const bound of [row.lower, row.upper])
    if (bound !== null)
      element.append(s("line", { class: "whisker", x1: x(bound), x2: x(bound), y1: y - 5, y2: y + 5 }));
  element.append(s("circle", { class: known ? "dot" : "dot unknown", cx: x(row.rating), cy: y, r: 5 }));
}

// Rows of {name, share, figure}: bars from nothing to `most`; `mark` is a share to compare with.
export function bars(rows, { width, most, mark, says, unit }) {
  const svg = framed(rows, { width, axis: { low: 0, high: most }, says, unit });
  rows.forEach(({ share }, at) => {
    const [x, y] = [svg.left, middle(at) - 7];
    svg.element.append(s("rect", { class: "beam", x, y, width: Math.max(1, svg.x(share) - x), height: 14, rx: 2 }));
  });
  if (mark !== undefined) svg.rule(mark, "zero");
  return svg.element;
}

// The names on the left, the figures on the right, the axis above and below, the rules between.
function framed(rows, { width, axis, says, unit = String }) {
  const widest = (texts) => Math.max(0, ...texts.map((text) => widthOf(text)));
  const left = GAP + Math.min(widest(rows.map((row) => row.name)) + 4, width * NAME_SHARE, NAME_MOST);
  const right = width - GAP - widest(rows.map((row) => row.figure));
  const bottom = AXIS + rows.length * ROW;
  const element = chart(width, bottom + AXIS, says);
  const inner = { low: left + 6, high: right - 10 };
  const x = (value) => inner.low + ((inner.high - inner.low) * place(axis, value)) / 100;
  const rule = (value, kind) =>
    element.append(s("line", { class: kind, x1: x(value), x2: x(value), y1: AXIS, y2: bottom }));
  for (const value of marks(axis, Math.max(2, Math.floor((inner.high - inner.low) / 90)))) {
    rule(value, "rule");
    for (const y of [AXIS - 9, bottom + 17])
      element.append(s("text", { class: "tick", x: x(value), y, "text-anchor": "middle" }, unit(value).replace("-", "−")));
  }
  rows.forEach((row, at) => {
    element.append(
      label(row.name, left - GAP, { class: "name", x: left - 4, y: middle(at) + 5, "text-anchor": "end" }),
      s("text", { class: "figure", x: width, y: middle(at) + 5, "text-anchor": "end" }, row.figure),
    );
  });
  return { element, x, left: inner.low, right: inner.high, rule };
}

function middle(at) {
  return AXIS + at * ROW + ROW / 2;
}
