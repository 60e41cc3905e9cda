// The plot of sampling rates: whose models were drawn how often.

import { bars } from "./charts.js";
import { h } from "./dom.js";
import { counted, percent } from "./figures.js";
import { numbers } from "./numbers.js";

export const sampling = {
  name: "sampling",
  label: "Sampling",
  title: "Whose models are drawn, how often",
  about: "Every battle draws two models. This is each provider's share of all draws, so that nobody can be favoured unseen.",
  path: () => "/leaderboard/sampling",
  draw({ providers, models }, { width }) {
    if (!providers.length) return {};
    const rows = providers.map((one) => ({ ...one, name: one.provider, figure: percent(one.share, 1) }));
    const most = Math.max(...rows.map((row) => row.share), 0.05);
    return {
      shape: bars(rows, { width, most, unit: (share) => percent(share, most < 0.05 ? 1 : 0), says: "Share of draws by provider" }),
      numbers: () => h("div", {}, byProvider(rows), byModel(models)),
    };
  },
};

function byProvider(rows) {
  return numbers(
    "Draws by provider",
    ["Provider", "Models", "Draws", "Share"],
    rows.map((row) => [row.name, counted(row.models), counted(row.draws), row.figure]),
  );
}

function byModel(models) {
  return numbers(
    "Draws by model",
    ["Model", "Draws", "Share"],
    models.map((one) => [one.model, counted(one.draws), percent(one.share, 2)]),
  );
}
