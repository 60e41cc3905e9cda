// A heat map of any size: a canvas under labels that stay in sight, and a line that says each cell.

import { h } from "./dom.js";
import { contrasting, scale } from "./shades.js";
import { colour, cut, picture } from "./svg.js";

const LARGEST = 14e6; // pixels that every browser's canvas can hold
const FONT = "13px system-ui, sans-serif";
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const SIZES = [[8, 64], [14, 46], [26, 34], [60, 20]]; // up to so many columns: pixels each
const SMALLEST = 13;
const TOP = 150; // pixels for the names of the columns

export class Heat {
  // `value(row, column)`: a number, or null where nothing is known; `place(value)`: 0 to 1 on the
  // scale named `shades`; `text(value)`: the figure in the cell; `words(row, column)`: its sentence.
  constructor({ rows, columns, value, place, shades, text, words, label }) {
    Object.assign(this, { rows, columns, value, place, shades, text, words, label });
    this.wide = SIZES.find(([most]) => columns.length <= most)?.[1] ?? SMALLEST;
    this.high = Math.min(this.wide, rows.length > 60 ? 20 : 34);
    this.canvas = h("canvas", { role: "img", tabindex: "0", "aria-label": label });
    this.cursor = h("i", { class: "heat-cursor", hidden: true });
    this.said = h("p", { class: "readout", role: "status" }, "Point at a cell, or use the arrow keys in the map.");
    this.root = h(
      "div",
      { class: "heat" },
      this.said,
      h(
        "div",
        { class: "heat-scroll" },
        h("div", { class: "heat-corner", "aria-hidden": "true" }),
        this.names("heat-top", columns, this.wide),
        this.names("heat-side", rows, this.high),
        h("div", { class: "heat-cells" }, this.canvas, this.cursor),
      ),
    );
    this.listen();
    this.draw();
  }

  names(place, all, size) {
    const small = size < 16 ? " small" : "";
    const side = place === "heat-top" ? "width" : "height";
    const labels = all.map((name) => {
      const label = h("span", { title: name }, place === "heat-top" ? cut(name, TOP) : name);
      label.style[side] = `${size}px`;
      return label;
    });
    return h("div", { class: place + small, "aria-hidden": "true" }, labels);
  }

  listen() {
    const at = (event) => this.show(Math.floor(event.offsetY / this.high), Math.floor(event.offsetX / this.wide));
    this.canvas.addEventListener("pointermove", at);
    this.canvas.addEventListener("pointerdown", at);
    this.canvas.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      const [row, column] = this.at ?? [0, -1];
      this.show(row + step[0], column + step[1]);
      this.cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  show(row, column) {
    if (!(row in this.rows) || !(column in this.columns)) return;
    if (this.at?.[0] === row && this.at?.[1] === column) return;
    this.at = [row, column];
    this.said.textContent = this.words(row, column);
    const box = { left: column * this.wide, top: row * this.high, width: this.wide, height: this.high };
    for (const [name, pixels] of Object.entries(box)) this.cursor.style[name] = `${pixels}px`;
    this.cursor.hidden = false;
  }

  get size() {
    return [this.columns.length * this.wide, this.rows.length * this.high];
  }

  draw() {
    const [width, height] = this.size;
    const sharp = Math.min(devicePixelRatio || 1, Math.sqrt(LARGEST / (width * height)));
    this.canvas.width = Math.round(width * sharp);
    this.canvas.height = Math.round(height * sharp);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const pencil = this.canvas.getContext("2d");
    pencil.scale(sharp, sharp);
    this.paint(pencil);
  }

  // One pixel a cell, enlarged: as quick for 90,000 cells as for nine.
  paint(pencil) {
    const [width, height] = this.size;
    const shade = scale(this.shades);
    const small = h("canvas", { width: this.columns.length, height: this.rows.length });
    const under = small.getContext("2d");
    const image = under.createImageData(small.width, small.height);
    const unknown = new Path2D();
    this.each((row, column, value) => {
      const at = 4 * (row * this.columns.length + column);
      image.data.set(shade(value === null ? null : this.place(value)), at);
      image.data[at + 3] = 255;
      if (value === null) stroke(unknown, column * this.wide, row * this.high, this.wide, this.high);
    });
    under.putImageData(image, 0, 0);
    pencil.imageSmoothingEnabled = false;
    pencil.drawImage(small, 0, 0, width, height);
    pencil.strokeStyle = colour("--edge");
    pencil.lineWidth = 0.75;
    pencil.stroke(unknown);
    if (this.wide >= 34) this.figures(pencil, shade);
    this.grid(pencil);
  }

  each(act) {
    for (let row = 0; row < this.rows.length; row += 1)
      for (let column = 0; column < this.columns.length; column += 1) act(row, column, this.value(row, column));
  }

  figures(pencil, shade) {
    pencil.font = FONT;
    pencil.textAlign = "center";
    pencil.textBaseline = "middle";
    this.each((row, column, value) => {
      if (value === null) return;
      pencil.fillStyle = contrasting(shade(this.place(value)));
      pencil.fillText(this.text(value), (column + 0.5) * this.wide, (row + 0.5) * this.high);
    });
  }

  grid(pencil) {
    const [width, height] = this.size;
    pencil.fillStyle = colour("--surface");
    const thin = this.wide < 20 ? 0.5 : 1;
    for (let column = 1; column < this.columns.length; column += 1) pencil.fillRect(column * this.wide - thin / 2, 0, thin, height);
    for (let row = 1; row < this.rows.length; row += 1) pencil.fillRect(0, row * this.high - thin / 2, width, thin);
  }

  // The whole map with its labels, for keeping.
  picture(title) {
    const [width, height] = this.size;
    const [side, top] = [200, 150];
    const scale = Math.min(2, Math.sqrt(LARGEST / ((width + side) * (height + top))));
    return picture(title, width + side, height + top, scale, (pencil) => {
      pencil.fillStyle = colour("--ink");
      pencil.font = this.wide < 16 ? "10px system-ui, sans-serif" : FONT;
      this.rows.forEach((name, at) => pencil.fillText(cut(name, side - 10, pencil.font), 0, top + (at + 0.5) * this.high + 4));
      this.columns.forEach((name, at) => {
        pencil.save();
        pencil.translate(side + (at + 0.5) * this.wide + 4, top - 8);
        pencil.rotate(-Math.PI / 2);
        pencil.fillText(cut(name, top - 12, pencil.font), 0, 0);
        pencil.restore();
      });
      pencil.translate(side, top);
      this.paint(pencil);
    });
  }
}

function stroke(path, x, y, wide, high) {
  const margin = Math.min(wide, high) * 0.3;
  path.moveTo(x + margin, y + high - margin);
  path.lineTo(x + wide - margin, y + margin);
}
