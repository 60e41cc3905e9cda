// A plot on the page: its title, how it is read, the drawing, the same numbers, the downloads.

import { h } from "./dom.js";
import { Heat } from "./heat.js";
import { keep, pictureOf } from "./svg.js";

// `drawn` is what a plot gave: {shape?, numbers?, note?, csv?}; `opened` says whether the numbers are shown.
export function figure(plot, drawn, { path, opened, onOpen }) {
  const { shape, numbers, note } = drawn;
  return h(
    "figure",
    { class: `plot plot-${plot.name}` },
    h("figcaption", {}, h("h2", {}, plot.title), h("p", {}, plot.about), note ? h("p", { class: "aside" }, note) : null),
    shape ? h("div", { class: "drawing" }, shape instanceof Heat ? shape.root : shape) : null,
    shape && numbers ? sameNumbers(numbers, opened, onOpen) : (numbers?.() ?? null),
    downloads(plot, path, drawn),
  );
}

// The table is made when it is asked for: most visitors look at the drawing.
function sameNumbers(numbers, opened, onOpen) {
  const details = h("details", { class: "numbers", open: opened }, h("summary", {}, "The same numbers as a table"));
  const fill = () => details.childElementCount === 1 && details.append(numbers());
  if (opened) fill();
  details.addEventListener("toggle", () => {
    onOpen(details.open);
    if (details.open) fill();
  });
  return details;
}

// What the API holds, as it gives it; the picture and what it has no CSV of are made here.
export function downloads(plot, path, { shape, csv } = {}) {
  const name = `leaderboard-${plot.name}`;
  const address = `/api/v1${path}${path.includes("?") ? "&" : "?"}format=csv`;
  return h(
    "p",
    { class: "downloads" },
    h("span", {}, "Download "),
    h("a", { href: csv ? `data:text/csv,${encodeURIComponent(csv)}` : address, download: `${name}.csv` }, "CSV"),
    h("a", { href: `/api/v1${path}`, download: `${name}.json` }, "JSON"),
    shape ? h("button", { type: "button", onclick: () => asPicture(plot, shape, `${name}.png`) }, "PNG") : null,
  );
}

async function asPicture(plot, shape, name) {
  await keep(shape instanceof Heat ? shape.picture(plot.title) : await pictureOf(shape, plot.title), name);
}
