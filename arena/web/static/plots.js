// Every view of the board beside its table, in the order they are offered.

import { battles, predicted } from "./plot_pairs.js";
import { average, intervals } from "./plot_ratings.js";
import { categories } from "./plot_categories.js";
import { history } from "./plot_history.js";
import { robustness } from "./plot_robustness.js";
import { sampling } from "./plot_sampling.js";
import { style } from "./plot_style.js";

export const TABLE = { name: "table", label: "Table", past: true };
export const PLOTS = [intervals, predicted, battles, average, history, robustness, style, sampling, categories];
