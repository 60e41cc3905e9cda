// The battle: consent, prompts, two streams, votes and the reveal, each state said in words.

import { call, listed, stream } from "./api.js";
import { Composer } from "./composer.js";
import { consentCard, consentNeeded, forgetConsent } from "./consent.js";
import { h, isForThePage } from "./dom.js";
import { Turn } from "./turn.js";
import { VoteBar } from "./vote.js";
import { Ways } from "./ways.js";
import { failed, oneEnded, PLACEHOLDER, revealed, SAY, silent } from "./words.js";

const IN_ADDRESS = /^#battle=([\w-]+)$/;
const VOTABLE = ["done", "cancelled"];

export class Battle {
  constructor() {
    this.turns = h("div", { class: "turns" });
    this.hero = h(
      "div",
      { class: "hero" },
      h("h1", {}, "Two models. One question. You decide."),
      h("p", {}, "Ask anything. Read both answers, vote, and see who wrote them."),
    );
    this.status = h("p", { class: "status", role: "status", "aria-live": "polite" });
    this.votes = new VoteBar((...vote) => this.vote(...vote));
    this.composer = new Composer({
      send: (prompt) => this.ask(prompt),
      stop: () => this.stop(),
    });
    this.ways = new Ways({
      again: () => this.ask(this.current.prompt),
      reveal: () => this.revealNow(),
      new: () => this.begin(),
    });
    this.dock = h(
      "div",
      { class: "dock" },
      this.status,
      this.votes.element,
      this.ways.element,
      this.composer.element,
    );
    this.stage = h("div", { class: "stage empty" }, this.hero, this.turns, this.dock);
    this.gate = h("div", { class: "gate", hidden: true });
    this.root = h("div", { class: "arena battle" }, this.gate, this.stage);
    document.addEventListener("keydown", (event) => this.press(event));
    this.fresh();
  }

  async start() {
    const known = IN_ADDRESS.exec(location.hash);
    try {
      const terms = await consentNeeded();
      if (terms) this.askConsent(terms);
      else if (known) await this.resume(known[1]);
    } catch (problem) {
      this.composer.trouble(problem, () => this.start());
    }
    this.composer.loadExamples();
  }

  fresh() {
    this.id = null;
    this.current = null;
    this.drawn = [];
    this.run = (this.run ?? 0) + 1; // what an earlier battle still reports is not for this one
    this.turns.replaceChildren();
    this.stage.classList.add("empty");
    this.votes.show(false);
    this.ways.offer();
    this.composer.show(true);
    this.composer.ready(PLACEHOLDER.first);
    this.say("");
  }

  leaveAddress() {
    if (IN_ADDRESS.test(location.hash))
      history.replaceState(null, "", location.pathname + location.search);
  }

  say(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  // Asked once however many found it missing; who has something to go on with is not forgotten.
  askConsent(terms, then) {
    this.afterConsent = then ?? this.afterConsent;
    if (!this.gate.hidden) return;
    const card = consentCard(terms, () => {
      const goOn = this.afterConsent ?? (() => this.start());
      this.afterConsent = null;
      this.gate.replaceChildren();
      this.gate.hidden = true;
      this.stage.hidden = false;
      this.composer.focus();
      goOn();
    });
    this.gate.replaceChildren(card);
    this.gate.hidden = false;
    this.stage.hidden = true;
  }

  // One prompt for both models; opens the battle with the first.
  async ask(prompt) {
    const run = this.run;
    this.votes.show(false);
    this.ways.offer();
    this.composer.sending();
    this.say(this.id ? SAY.writing : SAY.drawing);
    try {
      if (!this.id) this.id = (await call("POST", "/battles", { mode: "anonymous" })).battle_id;
      const body = { prompt, render: "html" };
      const opened = await stream("POST", `/battles/${this.id}/turns`, body);
      if (run !== this.run) return;
      history.replaceState(null, "", `#battle=${this.id}`);
      this.composer.clear();
      await this.read(this.add(prompt), opened);
    } catch (problem) {
      if (run === this.run) await this.refused(problem, prompt);
    }
  }

  async refused(problem, prompt) {
    this.say("");
    if (problem.status === 403) {
      forgetConsent();
      const terms = await consentNeeded();
      if (terms) this.askConsent(terms, prompt ? () => this.ask(prompt) : undefined);
      return;
    }
    if (!this.turns.childElementCount) this.id = null;
    this.composer.trouble(problem, () => this.ask(prompt), prompt);
    if (problem.status === 409 && this.turns.childElementCount) this.ways.offer("new");
  }

  add(prompt) {
    const turn = new Turn(this.id, this.turns.childElementCount + 1, prompt, (what, detail) =>
      this.told(turn, what, detail),
    );
    this.current = turn;
    this.drawn.push(turn);
    this.stage.classList.remove("empty");
    this.turns.append(turn.element);
    return turn;
  }

  async read(turn, opened) {
    const run = this.run;
    this.composer.running();
    this.say(SAY.writing);
    this.goTo(turn);
    await turn.read(opened);
    if (run === this.run) this.ended(turn);
  }

  goTo(turn) {
    if (turn.n === 1) window.scrollTo(0, 0);
    else turn.element.scrollIntoView({ block: "start" });
  }

  told(turn, what, detail) {
    if (turn !== this.current || turn.old) return;
    const other = detail === "a" ? "b" : "a";
    const bothEnded = turn.painters[other]?.finish;
    if (what === "ended" && !bothEnded && turn.state === "running")
      this.say(oneEnded(detail, other));
    if (what === "silent") this.say(silent(detail));
    if (what === "lost") this.say(SAY.lost);
  }

  // A turn has come to its end; what may be done now depends on how.
  ended(turn) {
    const votable = VOTABLE.includes(turn.state) && !turn.vote;
    const [error] = turn.errors;
    this.composer.ready(PLACEHOLDER.next);
    if (turn.state === "failed") {
      this.say(failed(error?.side, error?.title));
      this.ways.offer("again", "new");
    } else if (turn.state === "interrupted") {
      this.say(SAY.interrupted);
      this.ways.offer("again", "new");
    } else {
      this.say(SAY[turn.state] ?? "");
    }
    this.votes.show(votable);
  }

  async stop() {
    this.say(SAY.stopping);
    try {
      await call("POST", `/battles/${this.id}/stop`);
    } catch (problem) {
      this.composer.trouble(problem, () => this.stop());
    }
  }

  async vote(winner, margin, reveal) {
    const turn = this.current;
    const body = { turn: turn.n, winner, margin, reveal };
    try {
      const cast = await call("POST", `/battles/${this.id}/votes`, body);
      turn.showVote(winner, margin);
      if (cast.reveal) await this.reveal(cast.reveal);
      else this.goOn();
      return true;
    } catch (problem) {
      this.composer.trouble(problem);
      return false;
    }
  }

  goOn() {
    this.say(SAY.goOn);
    this.ways.offer("reveal", "new");
    this.composer.ready(PLACEHOLDER.next);
    this.composer.focus();
  }

  async revealNow() {
    try {
      await this.reveal(await call("POST", `/battles/${this.id}/reveal`));
    } catch (problem) {
      this.composer.trouble(problem);
    }
  }

  async reveal(names) {
    const run = this.run;
    const [about, board] = await Promise.all([listed("/models"), listed("/leaderboard")]);
    if (run !== this.run) return;
    for (const turn of this.drawn) turn.reveal(names, about, board);
    this.votes.show(false);
    this.composer.show(false);
    this.say(revealed(this.lastVote(), names));
    this.ways.offer("new");
    this.ways.focus();
  }

  lastVote() {
    return this.drawn.map((turn) => turn.vote?.winner).filter(Boolean).pop();
  }

  // Draw a battle again from the record; a turn that still runs is read on.
  async resume(id) {
    const run = this.run;
    this.say(SAY.again);
    let record;
    try {
      record = await call("GET", `/battles/${id}`);
    } catch (problem) {
      if (problem.status === 403) return this.refused(problem);
      if (problem.status !== 404) throw problem;
      this.fresh();
      this.leaveAddress();
      this.say(SAY.gone);
      return undefined;
    }
    if (run !== this.run) return undefined;
    this.id = id;
    for (const seen of record.turns) {
      const turn = this.add(seen.prompt);
      turn.old = seen.state !== "running";
      if (!turn.old) return this.read(turn, null);
      await turn.read(null, true);
      turn.old = false;
      if (run !== this.run) return undefined;
      if (seen.vote) turn.showVote(seen.vote.winner, seen.vote.margin);
    }
    return this.resumed(record);
  }

  resumed(record) {
    if (this.current) this.goTo(this.current);
    if (record.models) return this.reveal(record.models);
    if (record.state !== "open") {
      this.say(SAY.closed);
      this.composer.show(false);
      return this.ways.offer("new");
    }
    if (!this.current) return this.say("");
    this.ended(this.current);
    if (this.current.vote) this.goOn();
    return undefined;
  }

  begin() {
    this.fresh();
    this.leaveAddress();
    this.composer.focus();
  }

  press(event) {
    if (!isForThePage(event, this.stage)) return;
    const name = event.key.toLowerCase();
    if (this.votes.press(name) || this.ways.press(name)) event.preventDefault();
  }
}
