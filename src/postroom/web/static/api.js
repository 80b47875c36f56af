// Owns every conversation with the server: the key, problems, uploads with progress, event streams, downloads.
// The key goes into the Authorization header and nowhere else: not into an address, not into a log.

const BASE = "/postroom/v1";
const SLOT = "postroom.key";

let onRefused = () => {};

export const key = {
  get: () => sessionStorage.getItem(SLOT),
  set: (value) => sessionStorage.setItem(SLOT, value),
  forget: () => sessionStorage.removeItem(SLOT),
};

/** Called when the server no longer takes the key. */
export function whenRefused(listener) {
  onRefused = listener;
}

/** What went wrong, as a sentence for a person (`message`). status 0: there was no answer. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || FALLBACK[status] || `The server answered ${status}.`);
    this.status = status;
    this.code = body?.code ?? null;
    this.field = body?.field ?? null;
  }

  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const FALLBACK = {
  0: "The server cannot be reached. Check the connection; this page keeps trying.",
  413: "This is larger than the server takes.",
  502: "The server in front of Postroom gets no answer from it.",
  504: "The server in front of Postroom gets no answer from it.",
};

async function problemOf(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // no problem document; the status has to do
  }
  return new Problem(response.status, body);
}

function headers(more) {
  const held = key.get();
  return held ? { Authorization: `Bearer ${held}`, ...more } : { ...more };
}

/** One request. → the Response, if it went well; throws Problem otherwise (or AbortError). */
async function send(method, path, { query, body, signal, head, base = BASE } = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") search.append(name, one);
    }
  }
  const address = `${base}${path}${search.size ? `?${search}` : ""}`;
  const used = key.get();
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: headers({ ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...head }),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, null);
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  // Only if it is still the key that was sent: a late answer must not throw out a new one.
  if (problem.status === 401 && used && used === key.get()) onRefused(problem.message);
  throw problem;
}

const json = async (...given) => (await send(...given)).json();

/** A key for Idempotency-Key. crypto.randomUUID is missing on plain http, where many will run us. */
export function once() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

const act = (path, body) => json("POST", path, { body, head: { "Idempotency-Key": once() } });
const at = (job) => `/jobs/${encodeURIComponent(job)}`;

export const api = {
  jobs: (query, signal) => json("GET", "/jobs", { query, signal }),
  job: (id, signal) => json("GET", at(id), { signal }),
  create: (body) => act("/jobs", body),
  close: (id) => act(`${at(id)}/close`),
  cancel: (id) => act(`${at(id)}/cancel`, { reason: "Cancelled from the dashboard." }),
  resume: (id) => act(`${at(id)}/resume`),
  retry: (id) => act(`${at(id)}/retry`),
  remove: (id) => send("DELETE", at(id)),
  documents: (id, query, signal) => json("GET", `${at(id)}/documents`, { query, signal }),
  document: (id, document, signal) => json("GET", `${at(id)}/documents/${encodeURIComponent(document)}`, { signal }),
  bytes: (href, signal) => send("GET", href, { signal, base: "" }),
  results: (id) => send("GET", `${at(id)}/results`),
};

/** Whether the server can work: {ready, workers} or null when it does not answer. */
export async function readiness() {
  try {
    const response = await fetch("/readyz", { cache: "no-store" });
    return await response.json();
  } catch {
    return null;
  }
}

/** Hand the bytes of a response to the browser as a file. */
export async function save(response, name) {
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** One form with several files. onSent(bytes) hears of progress. Safe to repeat with the same `idempotency`. */
export function upload(job, files, { idempotency, onSent, signal }) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const { file, path } of files) form.append("file", file, path);
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const done = (how, value) => {
      signal.removeEventListener("abort", abort);
      how(value);
    };
    request.open("POST", `${BASE}${at(job)}/documents`);
    for (const [name, value] of Object.entries(headers({ "Idempotency-Key": idempotency }))) {
      request.setRequestHeader(name, value);
    }
    request.responseType = "json";
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return done(resolve, request.response);
      if (request.status === 401) onRefused(request.response?.detail);
      return done(reject, new Problem(request.status, request.response));
    };
    request.onerror = () => done(reject, new Problem(0, null));
    request.onabort = () => done(reject, new DOMException("Upload stopped.", "AbortError"));
    if (signal.aborted) return done(reject, new DOMException("Upload stopped.", "AbortError"));
    signal.addEventListener("abort", abort);
    return request.send(form);
  });
}

// --- events ----------------------------------------------------------------------------------------

const SILENCE = 45000; // ms; the server gives a sign of life every 15 s

/** The frames of one Server-Sent Events body: {id, type, data}. */
async function* frames(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      rest += value.replaceAll("\r", "");
      const pieces = rest.split("\n\n");
      rest = pieces.pop();
      for (const piece of pieces) {
        const frame = { id: null, type: "message", data: "" };
        for (const line of piece.split("\n")) {
          if (line.startsWith("id: ")) frame.id = Number(line.slice(4));
          else if (line.startsWith("event: ")) frame.type = line.slice(7);
          else if (line.startsWith("data: ")) frame.data += line.slice(6);
        }
        if (frame.data) yield { ...frame, data: JSON.parse(frame.data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Events of a job after a number, up to and including `until`, from one connection. */
export async function past(job, after, until, onEvent, signal) {
  const mine = new AbortController();
  const stop = () => mine.abort();
  signal.addEventListener("abort", stop);
  try {
    const response = await send("GET", `${at(job)}/events`, { head: { "Last-Event-ID": String(after) }, signal: mine.signal });
    if (response.status === 204) return;
    for await (const frame of frames(response.body, () => {})) {
      if (frame.id === null) continue;
      if (frame.id <= until) onEvent(frame);
      if (frame.id >= until) return;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    mine.abort();
  }
}

/**
 * Follow a job until it has ended or `signal` says stop; comes back by itself from where it was.
 * onLine(word): "live", "lost" (with a Problem), "ended", "gone".
 */
export async function follow(job, after, onEvent, onLine, signal) {
  let last = after;
  let wait = 500;
  while (!signal.aborted) {
    const mine = new AbortController();
    const stop = () => mine.abort();
    let silence = setTimeout(stop, SILENCE);
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE);
    };
    signal.addEventListener("abort", stop);
    try {
      const response = await send("GET", `${at(job)}/events`, { head: { "Last-Event-ID": String(last) }, signal: mine.signal });
      if (response.status === 204) return onLine("ended");
      onLine("live");
      for await (const frame of frames(response.body, alive)) {
        wait = 500;
        if (frame.id !== null) last = frame.id;
        onEvent(frame);
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof Problem && !error.passing) return onLine(error.status === 404 ? "gone" : "lost", error);
      onLine("lost", error);
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, 10000);
  }
  return undefined;
}
