// Owns how anything gets onto the page. Every string becomes a text node: there is no way here to insert markup.

/** An element. props: class, on (listeners), style (custom properties), data, or attributes. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [kind, listener] of Object.entries(value)) element.addEventListener(kind, listener);
    else if (name === "style") for (const [key, to] of Object.entries(value)) element.style.setProperty(key, to);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "class") element.className = value;
    else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  return put(element, ...children);
}

/** Append children; strings and numbers as text. */
export function put(element, ...children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  return put(element, ...children);
}

/** Set text only when it changed, so that selections and screen readers are left alone. */
export function text(element, value) {
  const string = String(value ?? "");
  if (element.textContent !== string) element.textContent = string;
}

/** Keep a list of elements in step with items, reusing those that stay. make(item) → {element, update(item)} */
export function keyed(parent, known, items, keyOf, make) {
  const seen = new Set();
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    seen.add(key);
    let entry = known.get(key);
    if (!entry) known.set(key, (entry = make(item)));
    entry.update(item);
    if (entry.element === place) place = place.nextElementSibling;
    else parent.insertBefore(entry.element, place);
  }
  for (const [key, entry] of known) {
    if (seen.has(key)) continue;
    entry.stop?.();
    entry.element.remove();
    known.delete(key);
  }
}

// --- words and numbers -----------------------------------------------------------------------------

const whole = new Intl.NumberFormat("en");
const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** places: after the point, at most. */
export const number = (value, places = 0) => (places ? new Intl.NumberFormat("en", { maximumFractionDigits: places }) : whole).format(value ?? 0);
export const plural = (count, word, many = `${word}s`) => `${number(count)} ${count === 1 ? word : many}`;

export function bytes(value) {
  if (value === null || value === undefined) return "–";
  let rest = value;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (rest < 1000 || unit === "GB") return `${unit === "B" ? whole.format(rest) : one.format(rest)} ${unit}`;
    rest /= 1000;
  }
  return "";
}

export function duration(seconds) {
  if (seconds < 1) return "under 1 s";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  return `${one.format(seconds / 86400)} days`;
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

export const full = (iso) => (iso ? moment.format(new Date(iso)) : "–");
export const clock = (iso) => (iso ? clockTime.format(new Date(iso)) : "");

export function ago(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 12 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return day.format(new Date(iso));
}

/** How long a job took or has been taking. */
export function took(job) {
  const from = job.startedAt ?? job.closedAt;
  if (!from) return "";
  return duration(Math.max(0, (new Date(job.endedAt ?? Date.now()) - new Date(from)) / 1000));
}

// --- the core's vocabulary, as people read it ------------------------------------------------------

export const BUCKETS = ["succeeded", "partial", "duplicate", "failed", "rejected", "cancelled", "running", "waiting"];
export const STATES_OF = { waiting: ["registered", "received", "ready"] };
export const TERMINAL = new Set(["succeeded", "partial", "failed", "cancelled", "expired"]);
export const ACTIVE = ["open", "checking", "blocked", "queued", "running"];

export const badge = (status) => h("span", { class: "badge", data: { status } }, status);

export const title = (job) => job.externalId || `${job.workflow} ${job.id.slice(-8)}`;

/** The sentence under a job's name: what is done now, or how it ended. */
export function sentence(job) {
  if (!TERMINAL.has(job.status)) return job.reason || job.waiting || job.activity;
  if (job.reason) return job.reason;
  const { counts } = job;
  const parts = BUCKETS.filter((name) => counts[name]).map((name) => `${number(counts[name])} ${name}`);
  return parts.length ? `${parts.join(", ")}.` : "It held no documents.";
}

/** A bar of all documents of a job, one colour per bucket. */
export function bar(label) {
  const parts = new Map(BUCKETS.map((name) => [name, h("span", { data: { bucket: name } })]));
  const element = h(
    "div",
    { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    [...parts.values()],
  );
  return {
    element,
    update(counts, percent) {
      for (const [name, part] of parts) {
        part.style.flexGrow = counts[name];
        part.hidden = !counts[name];
      }
      const said = BUCKETS.filter((name) => counts[name]).map((name) => `${counts[name]} ${name}`);
      element.setAttribute("aria-valuenow", percent);
      element.setAttribute("aria-valuetext", `${percent} %: ${said.join(", ") || "no documents yet"}`);
    },
  };
}

// --- telling and asking ----------------------------------------------------------------------------

/** Say something to those who listen instead of looking. */
export function say(message) {
  const region = document.getElementById("say");
  region.textContent = "";
  setTimeout(() => text(region, message), 50);
}

/** An error, or a short good word, above everything; goes by itself or when dismissed. */
export function toast(message, kind = "error") {
  const close = () => element.remove();
  const element = h(
    "div",
    { class: "toast", data: { kind } },
    h("p", null, message),
    h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", on: { click: close } }, "×"),
  );
  document.getElementById("toasts").append(element);
  setTimeout(close, kind === "error" ? 12000 : 4000);
}

/** Ask before something that cannot be undone. → whether it is wanted */
export function confirm({ heading, body, action, danger = false }) {
  return new Promise((resolve) => {
    const no = h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Keep as it is");
    const yes = h("button", { type: "button", class: danger ? "button danger" : "button primary" }, action);
    const id = `ask-${Math.random().toString(36).slice(2)}`;
    const dialog = h(
      "dialog",
      { class: "ask", "aria-labelledby": id },
      h("h2", { id }, heading),
      h("p", null, body),
      h("div", { class: "actions" }, no, yes),
    );
    let wanted = false;
    yes.addEventListener("click", () => {
      wanted = true;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(wanted);
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
