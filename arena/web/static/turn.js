// One turn on the page: the prompt, two equal cards, and the stream that fills them.

import { stream } from "./api.js";
import { h, PHONE } from "./dom.js";
import { rankRange } from "./figures.js";
import { Painter } from "./painter.js";
import { SIDE, verdict } from "./words.js";

const TICK_MS = 100;
const CHARACTERS_A_SECOND = 600; // for both sides alike, so that bursts tell nothing
const CATCHING_UP_MS = 400;
const SILENT_MS = 10_000;
const ATTEMPTS_MS = [500, 1000, 2000, 4000, 8000];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Turn {
  // `tell` is called with ("writing" | "ended" | "silent" | "lost", detail) as things happen.
  constructor(battleId, n, prompt, tell) {
    Object.assign(this, { battleId, n, prompt, tell, state: "running", errors: [], vote: null });
    this.cards = { a: card("a", n), b: card("b", n) };
    this.tabs = tabs(this.cards);
    const { a, b } = this.cards;
    const reachable = PHONE.matches ? "0" : null; // what scrolls must be within a keyboard's reach
    this.pair = h("div", { class: "pair", tabindex: reachable }, a.element, b.element);
    this.verdict = h("p", { class: "verdict", hidden: true });
    this.element = h(
      "section",
      { class: "turn", "aria-label": `Turn ${n}` },
      h("div", { class: "prompt" }, h("span", { class: "who" }, "You"), h("p", {}, prompt)),
      this.tabs.element,
      this.pair,
      this.verdict,
    );
    this.painters = {};
    for (const side of ["a", "b"]) {
      const { text, state } = this.cards[side];
      this.painters[side] = new Painter(text, state, () => this.tabs.update());
    }
    this.tabs.follow(this.pair);
  }

  // Read the turn to its end: `opened` is the stream of the POST; null reads a turn that exists.
  // Resolves to the turn's state. A stream that breaks is taken up again from its beginning.
  async read(opened, old = false) {
    const clock = this.startClock(old ? Infinity : CHARACTERS_A_SECOND);
    try {
      await this.follow(opened, clock);
      await clock.drained();
    } finally {
      clock.stop();
    }
    return this.state;
  }

  async follow(opened, clock) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const events = opened ?? (await this.reopened(clock));
        for await (const { event, data } of events) this.take(event, data);
        if (this.state !== "running") return;
      } catch (problem) {
        if (problem.status) throw problem;
      }
      opened = null;
      if (attempt === ATTEMPTS_MS.length) throw new Error("the stream could not be taken up again");
      this.tell("lost");
      await pause(ATTEMPTS_MS[attempt]);
    }
  }

  async reopened(clock) {
    const path = `/battles/${this.battleId}/turns/${this.n}/stream?render=html`;
    const events = await stream("GET", path);
    this.errors = [];
    for (const painter of Object.values(this.painters)) painter.reset();
    clock.catchUp();
    return events;
  }

  take(event, data) {
    if (event === "turn") this.state = data.state;
    else if (event === "error") this.errors.push(data);
    else this.painters[data.side]?.take(event, data);
  }

  startClock(rate) {
    let last = performance.now();
    let freeUntil = rate === Infinity ? Infinity : 0;
    const began = last;
    let wasSilent = false;
    const said = { a: false, b: false };
    const tick = () => {
      const now = performance.now();
      const stopped = this.state === "cancelled" || this.state === "failed";
      const budget =
        now < freeUntil || stopped ? Infinity : Math.ceil((rate * (now - last)) / 1000);
      last = now;
      for (const side of ["a", "b"]) {
        this.painters[side].draw(budget);
        if (this.painters[side].finish && !said[side]) {
          said[side] = true;
          this.tell("ended", side);
        }
      }
      const waiting = ["a", "b"].filter((side) => this.painters[side].now === "waiting");
      if (waiting.length && !wasSilent && now - began > SILENT_MS) {
        wasSilent = true;
        this.tell("silent", waiting);
      }
    };
    const timer = setInterval(tick, TICK_MS);
    return {
      catchUp: () => (freeUntil = Math.max(freeUntil, performance.now() + CATCHING_UP_MS)),
      stop: () => clearInterval(timer),
      drained: async () => {
        tick();
        while (!this.painters.a.drained || !this.painters.b.drained) await pause(TICK_MS / 2);
      },
    };
  }

  showVote(winner, margin) {
    this.vote = { winner, margin };
    this.verdict.hidden = false;
    this.verdict.textContent = verdict(winner, margin);
    for (const side of ["a", "b"])
      this.cards[side].element.classList.toggle("preferred", winner === `model_${side}`);
  }

  // The reveal, in place: `names` by side, `about` the list of contestants, `board` the ratings.
  reveal(names, about, board) {
    for (const side of ["a", "b"]) {
      const { name, facts } = this.cards[side];
      const called = names[`model_${side}`];
      name.replaceChildren(h("span", { class: "seat" }, SIDE[side]), h("strong", {}, called));
      facts.replaceChildren(...this.factsOf(side, called, about, board));
      facts.hidden = facts.childElementCount === 0;
    }
  }

  factsOf(side, called, about, board) {
    const { tokens, started, ended } = this.painters[side];
    const model = about.find((one) => one.name === called);
    const rating = board.find((one) => one.model === called);
    const said = [model?.organization, model?.license];
    if (rating) said.push(`rank ${rankRange(rating)} of ${board.length}`);
    if (tokens) said.push(`${tokens} tokens`);
    const seconds = started !== null && ended !== null ? (ended - started) / 1000 : 0;
    if (tokens && seconds > 0.2) said.push(`${Math.round(tokens / seconds)} tokens a second`);
    return said.filter(Boolean).map((text) => h("span", {}, text));
  }
}

function card(side, n) {
  const id = `answer-${n}-${side}`;
  const name = h("h2", { class: "name", id: `${id}-name` }, SIDE[side]);
  const state = h("span", { class: "state" });
  const text = h("div", { class: "text" });
  const facts = h("p", { class: "facts", hidden: true });
  const element = h(
    "article",
    { class: "answer", id, "aria-labelledby": `${id}-name`, tabindex: "-1" },
    h("header", {}, name, state),
    facts,
    text,
  );
  return { side, element, name, state, text, facts };
}

// On a phone the two cards are swiped; the tabs say which one still writes.
function tabs(cards) {
  const buttons = Object.values(cards).map(({ side, element, state }) => {
    const word = h("span", { class: "state" });
    const button = h(
      "button",
      {
        type: "button",
        role: "tab",
        "aria-controls": element.id,
        "aria-selected": String(side === "a"),
        onclick: () => {
          const pair = element.parentElement;
          pair.scrollTo({ left: element.offsetLeft - pair.offsetLeft, behavior: "auto" });
        },
      },
      `${SIDE[side]} `,
      word,
    );
    return { button, word, element, state };
  });
  return {
    element: h(
      "div",
      { class: "sides", role: "tablist", "aria-label": "Answers" },
      buttons.map((one) => one.button),
    ),
    update: () => {
      for (const { word, state } of buttons) {
        word.textContent = state.textContent;
        word.dataset.state = state.dataset.state ?? "";
      }
    },
    follow: (pair) =>
      pair.addEventListener(
        "scroll",
        () => {
          const second = pair.scrollLeft > pair.clientWidth / 2;
          buttons.forEach(({ button }, place) =>
            button.setAttribute("aria-selected", String(place === Number(second))),
          );
        },
        { passive: true },
      ),
  };
}
