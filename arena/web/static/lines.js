// Ratings over time as lines, each told apart by colour, dashes, marks and its name at the end.

import { axisOf, marks, place } from "./axis.js";
import { dayEnding } from "./figures.js";
import { chart, label, s, widthOf } from "./svg.js";

export const MOST = 8; // lines that can be told apart
const [TOP, BOTTOM, LEFT, HEIGHT, LINE] = [12, 30, 44, 420, 17];
const DASHES = [null, "7 4", "2 4", "10 3 2 3"];
const MARKS = [round, square, diamond, triangle];

// `models` of {model, rating: [..or null]} as long as `times`.
export function lines(times, models, { width, says }) {
  const height = HEIGHT + TOP + BOTTOM;
  const svg = chart(width, height, says);
  const known = models.flatMap((one) => one.rating.filter((value) => value !== null));
  const axis = axisOf(known.map((rating) => ({ rating, lower: null, upper: null })));
  const names = Math.min(Math.max(...models.map((one) => widthOf(one.model))) + 4, width * 0.32, 300);
  const right = width - names - 26;
  const moments = times.map((time) => Date.parse(time));
  const span = { low: moments[0], high: Math.max(moments.at(-1), moments[0] + 1) };
  const x = (at) => LEFT + 8 + ((right - LEFT - 8) * place(span, moments[at])) / 100;
  const y = (value) => TOP + HEIGHT * (1 - place(axis, value) / 100);
  svg.append(...levels(axis, y, right), ...dates(times, x, right));
  models.forEach((one, at) => svg.append(line(one.rating, at, x, y)));
  svg.append(...ends(models, x, y, right, names));
  return svg;
}

function levels(axis, y, right) {
  return marks(axis, 6).flatMap((value) => [
    s("line", { class: "rule", x1: LEFT, x2: right, y1: y(value), y2: y(value) }),
    s("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, String(value)),
  ]);
}

function dates(times, x, right) {
  const most = Math.max(2, Math.floor((right - LEFT) / 130));
  const step = Math.max(1, Math.ceil((times.length - 1) / (most - 1)));
  return times.flatMap((time, at) => {
    if (at % step !== 0) return [];
    const anchor = at === 0 ? "start" : x(at) > right - 50 ? "end" : "middle";
    return [s("text", { class: "tick", x: x(at), y: TOP + HEIGHT + 22, "text-anchor": anchor }, dayEnding(time))];
  });
}

function line(ratings, number, x, y) {
  const kind = `line line-${number % MOST}`;
  const parts = [];
  let open = false;
  ratings.forEach((value, at) => {
    if (value !== null) parts.push(`${open ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    open = value !== null;
  });
  const path = s("path", { class: kind, d: parts.join(""), "stroke-dasharray": DASHES[number % DASHES.length] });
  const every = Math.max(1, Math.ceil(ratings.length / 12));
  const shown = ratings.flatMap((value, at) =>
    value !== null && at < ratings.length - 1 && (ratings.length - 1 - at) % every === 0
      ? [s("path", { class: `${kind} mark-of-line`, d: MARKS[number % MARKS.length](x(at), y(value)) })]
      : [],
  );
  return s("g", {}, path, shown);
}

// The names at the lines' ends, moved apart where they would touch.
function ends(models, x, y, right, pixels) {
  const placed = models
    .map((one, number) => ({ ...one, number, last: one.rating.findLastIndex((value) => value !== null) }))
    .filter((one) => one.last >= 0)
    .map((one) => ({ ...one, from: y(one.rating[one.last]), at: y(one.rating[one.last]) }))
    .sort((one, other) => one.at - other.at);
  placed.forEach((one, i) => i && (one.at = Math.max(one.at, placed[i - 1].at + LINE)));
  let most = TOP + HEIGHT;
  for (const one of placed.toReversed()) {
    one.at = Math.min(one.at, most);
    most = one.at - LINE;
  }
  return placed.flatMap(({ model, number, last, from, at }) => [
    s("line", { class: `leader line-${number}`, x1: x(last), y1: from, x2: right + 12, y2: at }),
    s("path", { class: `line line-${number} mark-of-line`, d: MARKS[number % MARKS.length](right + 12, at) }),
    label(model, pixels - 4, { class: "name", x: right + 22, y: at + 5 }),
  ]);
}

function round(x, y) {
  return `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z`;
}

function square(x, y) {
  return `M${x - 4} ${y - 4}h8v8h-8Z`;
}

function diamond(x, y) {
  return `M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z`;
}

function triangle(x, y) {
  return `M${x} ${y - 5}l5 9h-10Z`;
}
