// Charts drawn by hand: SVG elements, labels that fit, and a chart as a picture to keep.

import { h } from "./dom.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline", "font-variant-numeric"];
const FONT = '14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const HEAD = 48;
const PAD = 16;
const SCALE = 2;
const pen = document.createElement("canvas").getContext("2d");

export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// An empty chart of a size in CSS pixels; `label` is what a screen reader says instead of it.
export function chart(width, height, label) {
  return s("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
}

export function widthOf(text, font = FONT) {
  pen.font = font;
  return pen.measureText(text).width;
}

// The text, cut to fit a number of pixels.
export function cut(text, pixels, font = FONT) {
  if (widthOf(text, font) <= pixels) return text;
  const letters = [...text];
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${letters.slice(0, middle).join("")}…`, font) <= pixels) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}

// A label at a place, cut to fit; the whole text is shown where the pointer rests.
export function label(text, pixels, attributes) {
  const shown = cut(text, pixels);
  return s("text", attributes, shown, shown === text ? null : s("title", {}, text));
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A canvas with a title over a drawing; `draw` gets the pen, moved to the drawing's corner.
export function picture(title, width, height, scale, draw) {
  const canvas = h("canvas", { width: Math.ceil((width + 2 * PAD) * scale), height: Math.ceil((height + HEAD + PAD) * scale) });
  const pencil = canvas.getContext("2d");
  pencil.scale(scale, scale);
  pencil.fillStyle = colour("--surface");
  pencil.fillRect(0, 0, width + 2 * PAD, height + HEAD + PAD);
  pencil.fillStyle = colour("--ink");
  pencil.font = "600 16px system-ui, sans-serif";
  pencil.fillText(cut(title, width, pencil.font), PAD, 30);
  pencil.translate(PAD, HEAD);
  draw(pencil);
  return canvas;
}

// A chart as such a canvas: the picture knows no style sheet, so its copy carries its own.
export async function pictureOf(svg, title) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg, copy].map((root) => [...root.querySelectorAll("*")]);
  from.forEach((element, at) => {
    const style = getComputedStyle(element);
    for (const name of STYLED) to[at].style.setProperty(name, style.getPropertyValue(name));
  });
  const image = new Image();
  const text = new XMLSerializer().serializeToString(copy);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const [width, height] = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
  return picture(title, width, height, SCALE, (pencil) => pencil.drawImage(image, 0, 0, width, height));
}

export function keep(canvas, name) {
  return new Promise((done) =>
    canvas.toBlob((blob) => {
      const url = URL.createObjectURL(blob);
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      done();
    }, "image/png"),
  );
}
