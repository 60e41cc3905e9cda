// Puts our pieces into the slots of the page, and keeps the open tab in the address bar.

import { Battle } from "./battle.js";
import { Board } from "./board.js";
import { Contestants } from "./contestants.js";
import { OwnData } from "./own_data.js";

const SLOTS = {
  "battle-slot": Battle,
  "board-slot": Board,
  "contestants-slot": Contestants,
  "data-slot": OwnData,
};
// The tabs whose piece keeps its view in the address.
const VIEWS = { leaderboard: "board-slot", contestants: "contestants-slot" };
const pieces = {};
let tabOpened = false;

// Gradio draws its tabs when they are first opened and may draw them again: look whenever it does.
function fill() {
  for (const [id, Piece] of Object.entries(SLOTS)) {
    const slot = document.getElementById(id);
    if (!slot || slot.contains(pieces[id]?.root)) continue;
    const isNew = !pieces[id];
    pieces[id] ??= new Piece();
    slot.replaceChildren(pieces[id].root);
    if (isNew) pieces[id].start();
  }
  openAskedTab();
}

function tabs() {
  return [...document.querySelectorAll('#pages [role="tab"]')];
}

function openAskedTab() {
  if (tabOpened || tabs().length === 0) return;
  tabOpened = true;
  const query = new URLSearchParams(location.search);
  const asked = query.get("view") || (query.has("category") ? "leaderboard" : "battle");
  const tab = tabs().find((one) => nameOf(one) === asked);
  if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
}

function nameOf(tab) {
  return tab.textContent.trim().toLowerCase();
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest?.('#pages [role="tab"]');
  if (!tab || !event.isTrusted) return;
  const text = nameOf(tab) === "battle" ? "" : `?view=${nameOf(tab)}`;
  history.replaceState(null, "", location.pathname + text + location.hash);
  pieces[VIEWS[nameOf(tab)]]?.address();
});

new MutationObserver(fill).observe(document.documentElement, { childList: true, subtree: true });
fill();
