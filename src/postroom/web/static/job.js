// Owns the page of one job: how it stands, what happened to it, what can be done with it. Live while it runs.

import { api, follow, key, past, Problem, save } from "./api.js";
import {
  badge, bar, BUCKETS, clock, confirm, duration, fill, full, h, number, plural, say, sentence, TERMINAL, text, title,
  toast, took,
} from "./dom.js";
import { documentTable } from "./documents.js";
import { uploading } from "./upload.js";
import { words } from "./value.js";

const RECENT = 200; // events that are loaded at first
const KEPT = 2000; // events that stay on the page

export function jobView(root, id, first) {
  const leaving = new AbortController();
  let job = null;
  let view = null;

  fill(root, h("div", { class: "page" }, h("p", { class: "empty" }, "Opening the job…")));
  open();

  async function open() {
    try {
      job = await api.job(id, leaving.signal);
    } catch (error) {
      if (error.name === "AbortError" || !key.get()) return;
      fill(root, h("div", { class: "page" }, h("section", { class: "card pad" },
        h("h1", null, "This job cannot be shown"), h("p", { class: "error" }, error.message),
        h("p", null, h("a", { href: "#/" }, "All jobs")))));
      return;
    }
    view = page(root, job, first, leaving.signal);
  }

  return {
    update: (params) => {
      first = params;
      view?.navigate(params);
    },
    stop: () => {
      leaving.abort();
      view?.stop();
    },
  };
}

function page(root, first, params, signal) {
  let job = first;
  const head = header();
  const summary = counts((buckets) => documents.filter(buckets));
  const events = timeline(first.id, signal);
  const documents = documentTable(() => job, params, signal);
  const line = h("span", { class: "line", role: "status" });

  fill(root, h("div", { class: "page" },
    h("nav", { class: "crumb", "aria-label": "Breadcrumb" }, h("a", { href: "#/" }, "Jobs"), h("span", { "aria-hidden": "true" }, "›"),
      h("span", { "aria-current": "page" }, title(first)), line),
    h("section", { class: "card pad", "aria-label": "The job" }, head.element, summary.element),
    h("div", { class: "split" }, documents.element, h("aside", { class: "side" }, events.element, facts(first)))));

  function show(now) {
    const before = job;
    job = now;
    head.update(job);
    summary.update(job);
    documents.update(job);
    document.title = `${TERMINAL.has(job.status) ? job.status : `${job.progress} %`} · ${title(job)} · Postroom`;
    if (before.status !== job.status) say(`The job is ${job.status}. ${sentence(job)}`);
  }

  // Progress comes four times a second and shows what changes; the rest of the job is read when its state moves.
  let reading = null;
  async function reread() {
    reading ??= api.job(first.id, signal).then(show, () => {}).finally(() => (reading = null));
    await reading;
  }

  show(first);
  documents.start();
  const from = Math.max(0, first.lastEvent - RECENT);
  events.start(from);
  follow(
    first.id,
    from,
    (frame) => {
      if (frame.type === "progress") show({ ...job, ...frame.data });
      else {
        events.add(frame);
        if (frame.type === "job.state") reread();
      }
    },
    (word, error) => {
      line.dataset.state = word;
      text(line, { live: TERMINAL.has(job.status) ? "" : "live", lost: "connection lost, coming back…", ended: "", gone: "deleted" }[word]);
      if (word === "gone") toast("This job was deleted.");
      if (word === "lost" && error instanceof Problem && !error.passing && key.get()) toast(error.message);
      if (word === "ended" && !TERMINAL.has(job.status)) reread();
      if (word === "ended") documents.update(job, true);
    },
    signal,
  );
  const ticking = setInterval(() => !TERMINAL.has(job.status) && head.update(job), 1000);

  return {
    navigate: (next) => documents.navigate(next),
    stop: () => {
      clearInterval(ticking);
      documents.stop();
    },
  };
}

// --- head and what can be done ---------------------------------------------------------------------

function header() {
  const mark = h("span");
  const name = h("h1");
  const line = h("p", { class: "activity" });
  const meta = h("p", { class: "meta" });
  const buttons = h("div", { class: "actions" });
  let shown = "";
  let samples = [];

  function rate(job) {
    const ended = job.counts.documents - job.counts.waiting - job.counts.running;
    const now = performance.now();
    samples = [...samples, [now, ended]].filter(([at]) => now - at < 10000);
    const [[at, then]] = samples;
    if (job.status !== "running" || now - at < 2500 || ended <= then) return "";
    const speed = ((ended - then) / (now - at)) * 1000;
    const left = (job.counts.documents - ended) / speed;
    return `${speed >= 10 ? Math.round(speed) : speed.toFixed(1)} documents/s, about ${duration(left)} left`;
  }

  return {
    element: h("div", { class: "head" }, h("div", { class: "head-what" }, h("div", { class: "head-title" }, name, mark), line, meta), buttons),
    update(job) {
      text(name, title(job));
      text(line, TERMINAL.has(job.status) && !job.reason ? ending(job) : sentence(job));
      line.dataset.live = TERMINAL.has(job.status) ? "no" : "yes";
      const units = [["pages", job.pages], ["rows", job.rows]].filter(([, unit]) => unit.total).map(([word, unit]) =>
        `${number(unit.total)} ${word}${unit.failed ? `, ${number(unit.failed)} failed` : ""}`);
      text(meta, [plural(job.counts.documents, "document"), ...units, took(job), rate(job)].filter(Boolean).join(" · "));
      const state = JSON.stringify([job.status, uploading() === job.id, job.counts.failed + job.counts.partial + job.counts.cancelled]);
      if (state === shown) return;
      shown = state;
      fill(mark, badge(job.status));
      fill(buttons, actions(job));
    },
  };
}

function ending(job) {
  return {
    succeeded: "Every document was dealt with.",
    partial: "Ended; some documents could not be dealt with.",
    failed: "No document could be dealt with.",
    cancelled: "The job was cancelled.",
    expired: "The job expired before it was closed.",
  }[job.status];
}

function actions(job) {
  if (uploading() === job.id) return []; // the strip below has the one thing that can be done now
  const { counts } = job;
  const over = TERMINAL.has(job.status);
  const again = counts.failed + counts.partial + counts.cancelled;
  const run = (label, kind, ask, step) => {
    const button = h("button", { type: "button", class: `button ${kind}` }, label);
    button.addEventListener("click", async () => {
      if (ask && !(await confirm(ask))) return;
      button.disabled = true;
      try {
        await step();
      } catch (error) {
        toast(error.message);
      } finally {
        button.disabled = false;
      }
    });
    return button;
  };
  const goTo = (next) => (location.hash = `#/jobs/${next.id}`);
  return [
    job.status === "open" && run("Start with what has arrived", "primary",
      { heading: "No more documents?", body: `Work begins with ${plural(counts.documents, "document")}; none can be added later.`, action: "Start" },
      () => api.close(job.id)),
    job.status === "blocked" && run("Resume", "primary", null, () => api.resume(job.id)),
    over && again > 0 && run(`Retry failed (${number(again)})`, "primary",
      { heading: "Retry what failed?", body: `A new job is made of the ${plural(again, "document")} of this one that failed, ended partly or were cancelled. This job stays as it is.`, action: "Retry" },
      async () => goTo(await api.retry(job.id))),
    counts.documents > 0 && run("Results", "", null, async () => {
      say("Fetching the results.");
      await save(await api.results(job.id), `postroom-${job.id}.jsonl`);
    }),
    !over && run("Cancel", "danger-quiet",
      { heading: "Cancel this job?", body: `What has ended stays as it is; ${plural(counts.waiting + counts.running, "document")} still to do will be cancelled.`, action: "Cancel the job", danger: true },
      () => api.cancel(job.id)),
    (over || job.status === "open") && run("Delete", "danger-quiet",
      { heading: "Delete this job?", body: `The job, its ${plural(counts.documents, "document")}, results and events are deleted for good.`, action: "Delete for good", danger: true },
      async () => {
        await api.remove(job.id);
        toast("The job is deleted.", "good");
        location.hash = "#/";
      }),
  ];
}

/** The large bar with its legend; each word of the legend shows those documents. */
function counts(onPick) {
  const progress = bar("Progress");
  const percent = h("span", { class: "percent" });
  const legend = h("ul", { class: "legend" });
  const items = new Map(BUCKETS.map((bucket) => {
    const count = h("strong");
    const button = h("button", { type: "button", data: { bucket }, on: { click: () => onPick(bucket) } },
      h("span", { class: "dot", "aria-hidden": "true" }), count, " ", bucket);
    const element = h("li", null, button);
    legend.append(element);
    return [bucket, { element, count, button }];
  }));
  return {
    element: h("div", { class: "counts" }, h("div", { class: "counts-bar" }, progress.element, percent), legend),
    update(job) {
      progress.update(job.counts, job.progress);
      progress.element.classList.toggle("big", true);
      text(percent, `${job.progress} %`);
      for (const [bucket, item] of items) {
        text(item.count, number(job.counts[bucket]));
        item.element.hidden = !job.counts[bucket];
        item.button.title = `Show the ${bucket} documents`;
      }
    },
  };
}

// --- what happened ---------------------------------------------------------------------------------

const MOVES = {
  checking: "Closed; checking the documents",
  blocked: "Paused",
  queued: "Checked; waiting for a worker",
  running: "Work began",
  succeeded: "Succeeded",
  partial: "Ended, partly",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Expired",
};

function timeline(job, signal) {
  const list = h("ol", { class: "events" });
  const own = h("input", { type: "checkbox" });
  const earlier = h("button", { type: "button", class: "button small", hidden: true }, "Earlier events");
  const more = h("p", { class: "hint", hidden: true }, `Only the newest ${number(KEPT)} events are shown.`);
  let lowest = 0;

  own.addEventListener("change", () => list.classList.toggle("own", own.checked));
  earlier.addEventListener("click", async () => {
    earlier.disabled = true;
    const from = Math.max(0, lowest - 1000);
    const found = [];
    try {
      await past(job, from, lowest, (frame) => found.push(frame), signal);
      for (const frame of found.reverse()) list.append(entry(frame));
      lowest = from;
      earlier.hidden = lowest === 0;
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message);
    }
    earlier.disabled = false;
  });

  function entry({ id, type, data }) {
    const placed = data.position !== undefined;
    const about = (word) => [
      h("a", { href: `#/jobs/${job}?${placed ? `at=${data.position}` : `document=${encodeURIComponent(data.document)}`}` },
        `${placed ? `#${data.position} ` : ""}${data.name ?? "a document"}`),
      ` ${word}`, data.reason || data.message ? h("span", { class: "why" }, data.reason ?? data.message) : null,
    ];
    const said = {
      "job.created": () => ["Created"],
      "job.state": () => [MOVES[data.to] ?? data.to, data.reason ? h("span", { class: "why" }, data.reason) : null],
      "document.failed": () => about("failed"),
      "document.rejected": () => about("was rejected"),
      "document.warning": () => about("has a warning"),
    };
    const tone = type === "job.state" ? data.to : type.replace("document.", "").replace("job.", "");
    return h("li", { data: { tone, own: type.startsWith("job.") ? "yes" : "no" } },
      h("time", { datetime: data.at, title: `${full(data.at)}, event ${id}` }, clock(data.at)), h("div", null, (said[type] ?? (() => [type]))()));
  }

  return {
    element: h("section", { class: "card pad", "aria-labelledby": "events-heading" },
      h("div", { class: "side-head" }, h("h2", { id: "events-heading" }, "Events"), h("label", { class: "check" }, own, " Job only")),
      list, more, earlier),
    start(from) {
      lowest = from;
      earlier.hidden = from === 0;
    },
    add(frame) {
      list.prepend(entry(frame));
      if (list.childElementCount > KEPT) {
        list.lastElementChild.remove();
        more.hidden = false;
        earlier.hidden = true;
      }
    },
  };
}

const option = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : Array.isArray(value) && !value.length ? "none"
  : typeof value === "string" ? value : JSON.stringify(value));

function facts(job) {
  const rows = [
    ["Id", h("code", { class: "id" }, job.id)],
    ["Workflow", job.system === job.workflow ? job.workflow : `${job.system} / ${job.workflow}`],
    job.externalId && ["Reference", job.externalId],
    job.profile && ["Profile", job.profile],
    ["Environment", job.environment],
    ["Created", full(job.createdAt)],
    ...Object.entries(job.options).filter(([, value]) => value !== null).map(([name, value]) => [words(name), option(value)]),
    job.retryOf && ["Retry of", h("a", { href: `#/jobs/${job.retryOf}` }, job.retryOf.slice(-8))],
    job.webhook && ["Webhook", job.webhook],
  ].filter(Boolean);
  return h("section", { class: "card pad", "aria-labelledby": "facts-heading" }, h("h2", { id: "facts-heading" }, "About"),
    h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))));
}
