// Every sentence the battle says, in one place, so that they stay plain, short and kind.

export const SIDE = { a: "Model A", b: "Model B" };
export const CHOICES = [
  { winner: "model_a", label: "A is better", graded: true },
  { winner: "model_b", label: "B is better", graded: true },
  { winner: "tie", label: "Tie", graded: false },
  { winner: "both_bad", label: "Both bad", graded: false },
];
export const MARGINS = ["Slightly", "Clearly", "Much"];

export const STATES = {
  waiting: "Waiting",
  writing: "Writing",
  stop: "Finished",
  length: "Finished at the length limit",
  cancelled: "Stopped",
  error: "Failed",
};

export const PLACEHOLDER = {
  first: "Ask both models anything",
  next: "Ask both something more",
  meanwhile: "Write the next prompt",
};

export const SAY = {
  drawing: "Two models are being drawn.",
  writing: "Both models are answering.",
  stopping: "Stopping both models.",
  done: "Both are complete. Which one is better?",
  cancelled: "Stopped; what was written stays. You may still vote: it is kept, but not rated.",
  interrupted: "This turn was interrupted, so there is nothing to vote on. Earlier votes stand.",
  goOn: "Your vote is kept. The names stay hidden: ask the same two something more, or reveal them.",
  closed: "This battle is closed. Its votes are kept.",
  lost: "The connection was lost. Reading on…",
  gone: "That battle is no longer here, or belongs to another visitor. Here is a fresh one.",
  again: "Trying to take up the battle where you left it.",
};

export function oneEnded(ended, writing) {
  return `${SIDE[ended]} has finished. ${SIDE[writing]} is still writing.`;
}

export function silent(sides) {
  const who = sides.length === 2 ? "Both models have" : `${SIDE[sides[0]]} has`;
  return `${who} been silent for 10 seconds. A model may be waking up: wait, or stop and ask again.`;
}

export function failed(side, title) {
  const who = side ? `${SIDE[side]} could not answer` : "This turn failed";
  return `${who}${title ? `: ${lowered(title)}` : ""}. Nothing of yours is lost and earlier votes stand.`;
}

export function verdict(winner, margin) {
  const choice = CHOICES.find((one) => one.winner === winner);
  const how = margin ? `, ${MARGINS[margin - 1].toLowerCase()}` : "";
  return `Your vote: ${choice ? choice.label : winner}${how}`;
}

export function revealed(winner, models) {
  const [a, b] = [models.model_a, models.model_b];
  if (winner === "model_a") return `You preferred ${a} to ${b}.`;
  if (winner === "model_b") return `You preferred ${b} to ${a}.`;
  return `They were ${a} and ${b}.`;
}

function lowered(title) {
  const text = title.replace(/[.\s]+$/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
