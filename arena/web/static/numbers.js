// A plain table of figures, in a box of its own that scrolls when the screen is narrow.

import { h } from "./dom.js";

// `heads` are column headings; the first cell of each of `rows` is the row's heading.
export function numbers(caption, heads, rows) {
  return h(
    "div",
    { class: "wide numbers-table", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map(line)),
    ),
  );
}

function line([first, ...others]) {
  return h("tr", {}, h("th", { scope: "row" }, first), others.map((cell) => h("td", {}, cell)));
}
