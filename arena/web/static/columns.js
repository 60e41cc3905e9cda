// What the board and the list of contestants share: sorting by column, a row that opens.

import { h } from "./dom.js";

// The rows by a column's value; `sign` is 1 upwards, -1 downwards, `tie` decides between equals.
export function sorted(rows, column, sign, tie) {
  return [...rows].sort((one, other) => {
    const [left, right] = [column.value(one), column.value(other)];
    return left === right ? tie(one, other) : left < right ? -sign : sign;
  });
}

// Upwards or downwards: as the column is usually read, or the other way round.
export function signOf(column, backwards) {
  return (column.up ? 1 : -1) * (backwards ? -1 : 1);
}

// A heading that sorts: `sign` is 0 for a column that the rows are not sorted by.
export function header({ name, label }, sign, sort, ...more) {
  const direction = sign ? (sign > 0 ? "ascending" : "descending") : "none";
  return h(
    "th",
    { scope: "col", class: `col-${name}`, "aria-sort": direction },
    h(
      "button",
      { type: "button", "data-column": name, onclick: () => sort(name) },
      label,
      h("span", { class: "arrow", "aria-hidden": "true" }, sign ? (sign > 0 ? "↑" : "↓") : ""),
    ),
    ...more,
  );
}

// A row and the details below it, which a press on the row shows; `opened` remembers which are.
// `cells` makes the row's cells around the button with the name, `details` what a press shows;
// `place` tells two tables apart.
export function openable(place, name, opened, columns, cells, details) {
  const id = `${place}-${name.replace(/[^a-zA-Z0-9-]/g, (one) => `_${one.codePointAt(0)}_`)}`;
  const isOpen = opened.has(name);
  const inside = h("td", { colspan: String(columns) }, isOpen ? details() : []);
  const detail = h("tr", { id, class: "detail", hidden: !isOpen }, inside);
  const button = h(
    "button",
    { type: "button", class: "open-row", "aria-expanded": String(isOpen), "aria-controls": id },
    name,
  );
  const line = h("tr", { class: "row" }, cells(button));
  line.addEventListener("click", () => {
    if (!inside.hasChildNodes()) inside.append(...[details()].flat());
    detail.hidden = !detail.hidden;
    button.setAttribute("aria-expanded", String(!detail.hidden));
    if (detail.hidden) opened.delete(name);
    else opened.add(name);
  });
  return [line, detail];
}

// Keep a view in the address bar: each of `values` is [name, value, the usual value].
export function keepInAddress(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value, usual] of values)
    if (value === usual) query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : "") + location.hash);
}
