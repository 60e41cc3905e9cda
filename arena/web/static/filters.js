// The filters of the board: a text to find, and organisation, licence and provider to choose.

import { h } from "./dom.js";

const CHOICES = [
  { name: "organization", label: "Organisation" },
  { name: "license", label: "Licence" },
  { name: "provider", label: "Provider" },
];

export class Filters {
  // `changed` is called after every change a visitor makes.
  constructor(query, changed) {
    this.changed = changed;
    this.text = query.get("search") ?? "";
    this.chosen = Object.fromEntries(CHOICES.map(({ name }) => [name, query.get(name) ?? ""]));
    this.search = h("input", { type: "search", id: "board-search", autocomplete: "off", oninput: () => this.find(this.search.value) });
    this.search.value = this.text;
    this.pickers = CHOICES.map((choice) => this.picker(choice));
    this.folded = h(
      "details",
      { class: "filters", open: Object.values(this.chosen).some(Boolean), hidden: true },
      h("summary", {}, "Filters"),
      h("div", { class: "pickers" }, this.pickers.map(({ element }) => element)),
    );
    this.count = h("p", { class: "found note", role: "status" });
  }

  picker({ name, label }) {
    const id = `board-${name}`;
    const select = h("select", { id, onchange: () => this.choose(name, select.value) });
    return { name, select, element: h("label", { class: "picker", for: id }, `${label} `, select) };
  }

  find(text) {
    this.text = text;
    this.changed();
  }

  choose(name, value) {
    this.chosen[name] = value;
    this.changed();
  }

  clear() {
    this.search.value = this.text = "";
    for (const name of Object.keys(this.chosen)) this.chosen[name] = "";
    this.changed();
    this.search.focus();
  }

  isOn() {
    return Boolean(this.text.trim()) || Object.values(this.chosen).some(Boolean);
  }

  fits(row) {
    if (CHOICES.some(({ name }) => this.chosen[name] && row[name] !== this.chosen[name])) return false;
    const said = [row.model, row.organization, row.license].filter(Boolean).join(" ").toLowerCase();
    return this.text.toLowerCase().trim().split(/\s+/).every((word) => said.includes(word));
  }

  // Offer what the rows have; one value alone is no choice.
  offer(rows, found) {
    for (const { name, select, element } of this.pickers) {
      const values = [...new Set(rows.map((row) => row[name]).filter(Boolean))].sort();
      if (this.chosen[name] && !values.includes(this.chosen[name])) values.push(this.chosen[name]);
      element.hidden = values.length === 0;
      const options = [["", "all"], ...values.map((value) => [value, value])];
      if (document.activeElement !== select || select.options.length !== options.length)
        select.replaceChildren(...options.map(([value, words]) => h("option", { value }, words)));
      select.value = this.chosen[name];
    }
    this.folded.hidden = this.pickers.every(({ element }) => element.hidden);
    this.count.textContent = this.isOn() && rows.length ? `${found} of ${rows.length} models` : "";
  }

  get address() {
    return [["search", this.text.trim(), ""], ...Object.entries(this.chosen).map(([name, value]) => [name, value, ""])];
  }
}
