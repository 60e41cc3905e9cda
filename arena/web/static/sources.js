// What the board reads: each address with the last answer kept, asked again by its ETag alone.

import { fresh } from "./api.js";

export class Sources {
  constructor() {
    this.kept = new Map();
  }

  // {body, isNew}, or {problem, body} with what was last read, where the newest cannot be.
  async read(path) {
    const kept = this.kept.get(path);
    try {
      const answer = await fresh(path, kept?.etag);
      if (answer) this.kept.set(path, answer);
      return { body: (answer ?? kept).body, isNew: Boolean(answer) };
    } catch (problem) {
      return { problem, body: kept?.body ?? null, isNew: false };
    }
  }
}
