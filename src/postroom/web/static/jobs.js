// Owns the list of jobs, newest first, kept fresh while somebody looks at it.

import { api } from "./api.js";
import { ACTIVE, ago, badge, bar, BUCKETS, fill, full, h, keyed, number, plural, sentence, text, title, took } from "./dom.js";
import { dropZone } from "./upload.js";

const SHOW = {
  all: ["All", []],
  active: ["In progress", ACTIVE],
  succeeded: ["Succeeded", ["succeeded"]],
  partial: ["Partial", ["partial"]],
  failed: ["Failed", ["failed"]],
  cancelled: ["Cancelled", ["cancelled", "expired"]],
};
const PAGE = 25;
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function address({ show, reference, after }) {
  const params = new URLSearchParams();
  if (show && show !== "all") params.set("show", show);
  if (reference) params.set("reference", reference);
  if (after) params.set("after", after);
  return params.size ? `#/?${params}` : "#/";
}

export function jobsView(root, first) {
  const known = new Map();
  let params = first;
  let timer = 0;
  let asking = null;

  const tabs = h("nav", { class: "chips", "aria-label": "Show jobs" });
  const search = h("input", {
    type: "search", placeholder: "Job id or reference", "aria-label": "Find by job id or reference",
    autocomplete: "off", spellcheck: "false",
  });
  const find = h("form", { class: "find", role: "search" }, search);
  const list = h("ol", { class: "jobs" });
  const empty = h("p", { class: "empty", hidden: true });
  const trouble = h("p", { class: "error banner", role: "status", hidden: true });
  const paging = h("nav", { class: "paging", "aria-label": "Pages" });

  fill(
    root,
    h("div", { class: "page" },
      dropZone(),
      h("section", { "aria-labelledby": "jobs-heading" },
        h("div", { class: "bar-head" }, h("h1", { id: "jobs-heading" }, "Jobs"), tabs, find),
        trouble, h("div", { class: "card flush" }, list, empty), paging)),
  );
  document.title = "Jobs · Postroom";

  find.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = search.value.trim();
    location.hash = UUID.test(value) ? `#/jobs/${value.toLowerCase()}` : address({ show: params.get("show"), reference: value });
  });

  function frame() {
    const show = SHOW[params.get("show")] ? params.get("show") : "all";
    fill(tabs, Object.entries(SHOW).map(([name, [label]]) =>
      h("a", { class: "chip", href: address({ show: name, reference: params.get("reference") }), "aria-current": name === show && "true" }, label)));
    search.value = params.get("reference") ?? "";
    return show;
  }

  async function refresh() {
    clearTimeout(timer);
    asking?.abort();
    const mine = (asking = new AbortController());
    const show = SHOW[params.get("show")] ? params.get("show") : "all";
    const patience = setTimeout(() => mine.abort(), 20000);
    let pause = 8000;
    try {
      const page = await api.jobs(
        { status: SHOW[show][1], externalId: params.get("reference"), cursor: params.get("after"), limit: PAGE },
        mine.signal,
      );
      trouble.hidden = true;
      keyed(list, known, page.items, (job) => job.id, row);
      empty.hidden = page.items.length > 0;
      if (!page.items.length) {
        text(empty, show === "all" && !params.get("reference") && !params.get("after")
          ? "No jobs yet. Drop some documents above and watch them being sorted." : "No job matches this.");
      }
      fill(paging,
        params.get("after") && h("a", { class: "button", href: address({ show, reference: params.get("reference") }) }, "Newest"),
        page.next && h("a", { class: "button", href: address({ show, reference: params.get("reference"), after: page.next }) }, "Older jobs"));
      if (page.items.some((job) => ACTIVE.includes(job.status))) pause = 1500;
    } catch (error) {
      if (asking !== mine) return;
      if (error.name !== "AbortError") {
        text(trouble, error.message);
        trouble.hidden = false;
      }
      pause = 4000;
    } finally {
      clearTimeout(patience);
    }
    if (asking === mine) timer = setTimeout(() => (document.hidden ? undefined : refresh()), pause);
  }

  const seen = () => !document.hidden && refresh();
  document.addEventListener("visibilitychange", seen);
  frame();
  refresh();

  return {
    update(next) {
      params = next;
      frame();
      refresh();
    },
    stop() {
      clearTimeout(timer);
      asking?.abort();
      asking = null;
      document.removeEventListener("visibilitychange", seen);
    },
  };
}

/** One job in the list. */
function row(job) {
  const name = h("a", { class: "job-name", href: `#/jobs/${job.id}` }, title(job));
  const mark = h("span", { class: "job-mark" });
  const line = h("p", { class: "job-line" });
  const progress = bar(`Progress of ${title(job)}`);
  const counts = h("ul", { class: "tallies" });
  const size = h("span", { class: "job-size" });
  const when = h("time", { class: "job-when", datetime: job.createdAt, title: full(job.createdAt) });
  let shown = "";
  const element = h(
    "li",
    { class: "job" },
    mark,
    h("div", { class: "job-what" }, h("div", { class: "job-title" }, name, h("span", { class: "job-flow" }, job.workflow)), line),
    h("div", { class: "job-progress" }, progress.element, counts),
    h("div", { class: "job-side" }, size, when),
  );
  return {
    element,
    update(now) {
      progress.update(now.counts, now.progress);
      const state = JSON.stringify([now.status, now.counts]);
      if (state !== shown) {
        shown = state;
        element.dataset.status = now.status;
        fill(mark, badge(now.status));
        fill(counts, BUCKETS.filter((bucket) => now.counts[bucket]).map((bucket) =>
          h("li", { data: { bucket }, title: bucket }, h("span", { class: "dot", "aria-hidden": "true" }),
            number(now.counts[bucket]), h("span", { class: "word" }, ` ${bucket}`))));
      }
      const finished = ["succeeded", "partial"].includes(now.status) && !now.reason;
      text(line, finished ? (took(now) ? `Done in ${took(now)}.` : "Done.") : sentence(now));
      text(size, plural(now.counts.documents, "document"));
      text(when, ago(now.createdAt));
    },
  };
}
