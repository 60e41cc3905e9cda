// The colours of heat maps: from blue over plain to orange, or from plain to blue; never red and green.

import { colour } from "./svg.js";

const STOPS = {
  apart: ["--heat-low", "--heat-plain", "--heat-high"],
  more: ["--heat-plain", "--heat-low"],
};

// A function from a place between 0 and 1 to red, green and blue; null is no colour of the scale.
export function scale(name) {
  const stops = STOPS[name].map((variable) => rgb(colour(variable)));
  const none = rgb(colour("--surface"));
  return (place) => (place === null ? none : between(stops, place));
}

// Black or white, whichever can be read on it.
export function contrasting(shade) {
  const [red, green, blue] = shade.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return light > 0.179 ? "#000000" : "#ffffff";
}

function between(stops, place) {
  const along = Math.max(0, Math.min(1, place)) * (stops.length - 1);
  const from = Math.min(Math.floor(along), stops.length - 2);
  return stops[from].map((part, at) => Math.round(part + (stops[from + 1][at] - part) * (along - from)));
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
