// How sturdy the ranks are: the fewest votes that would swap two neighbours, in words.

import { counted, moment, plural } from "./figures.js";
import { numbers } from "./numbers.js";

export const robustness = {
  name: "robustness",
  label: "Robustness",
  title: "How few votes would change the order",
  about: "The fewest votes, chosen as badly as can be, of those in which one of them took part, that swap two neighbours when they are turned round or left out. Few means: read the rank range, not the rank.",
  path: ({ category }) => `/leaderboard/robustness?category=${encodeURIComponent(category)}`,
  draw({ time, first, pairs }, { found }) {
    const rows = pairs
      .map((pair, at) => ({ ...pair, place: at + 1 }))
      .filter(({ above, below }) => found(above) || found(below));
    if (!rows.length) return {};
    return {
      note: `${first ? `${firstWords(first)} ` : ""}Counted ${moment(time)}.`,
      numbers: () =>
        numbers(
          "Votes that would swap neighbours",
          ["Numbers", "Above", "Below", "Votes turned round", "Votes left out", "In words"],
          rows.map((row) => [`${row.place} and ${row.place + 1}`, row.above, row.below, counted(row.flip), counted(row.drop), sentence(row)]),
        ),
    };
  },
};

function sentence(pair) {
  return few(pair, `swap numbers ${pair.place} and ${pair.place + 1}`);
}

function firstWords(swap) {
  return few(swap, `put ${swap.below} in the place of number 1, ${swap.above}`);
}

// `votes` are those in which either of the two took part.
function few({ flip, drop, votes }, what) {
  const of = `of their ${counted(votes)}`;
  if (flip !== null) return `${plural(flip, "vote")} ${of} changed would ${what}.`;
  if (drop !== null) return `${plural(drop, "vote")} ${of} left out would ${what}.`;
  return `No few ${of} votes were found that would ${what}.`;
}
