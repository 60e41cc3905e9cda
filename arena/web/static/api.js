// The public API as the page speaks it: JSON calls, streams, and problems told as they are.

const ROOT = "/api/v1";
const UNREACHABLE = {
  title: "The arena cannot be reached",
  detail: "Nothing is lost. Check your connection, or wait a moment while the service restarts.",
};

export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title);
    this.status = status;
    this.title = body.title || "Something went wrong";
    this.detail = body.detail || "";
    this.retryAfter = Number(retryAfter) || 0;
  }
}

async function send(method, path, body, options = {}) {
  const headers = { ...options.headers };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init = { method, headers, signal: options.signal, credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(ROOT + path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, UNREACHABLE);
  }
  if (response.ok || response.status === 304) return response;
  throw await problemOf(response);
}

async function problemOf(response) {
  let body = { title: `The arena answered ${response.status}` };
  try {
    body = { ...body, ...(await response.json()) };
  } catch {
    /* an answer of some proxy, without a word we could repeat */
  }
  return new Problem(response.status, body, response.headers.get("Retry-After"));
}

export async function call(method, path, body) {
  const response = await send(method, path, body);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

// The models a path lists; none where it cannot be read, for what only decorates.
export async function listed(path) {
  try {
    return (await call("GET", path)).models;
  } catch {
    return [];
  }
}

// A conditional GET: null where nothing has changed since `etag`.
export async function fresh(path, etag) {
  const response = await send("GET", path, undefined, {
    headers: etag ? { "If-None-Match": etag } : {},
  });
  if (response.status === 304) return null;
  return { etag: response.headers.get("ETag"), body: await response.json() };
}

// Opens a stream; resolves once the server has agreed, to an iterator of {event, data}.
export async function stream(method, path, body, signal) {
  const response = await send(method, path, body, { signal });
  return events(response.body);
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    let end;
    let from = 0;
    while ((end = buffer.indexOf("\n\n", from)) >= 0) {
      const event = parsed(buffer.slice(from, end));
      from = end + 2;
      if (event) yield event;
    }
    buffer = buffer.slice(from);
  }
}

function parsed(frame) {
  let event = "message";
  const data = [];
  for (const line of frame.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
