// Owns the table of a job's documents: pages, filter, the jump to a position. What is in one: document.js.

import { api } from "./api.js";
import { story } from "./document.js";
import { badge, bytes, fill, h, keyed, number, plural, say, STATES_OF, TERMINAL, text, toast } from "./dom.js";
import { loader, short } from "./picture.js";

const PAGE = 50;
const FILTERS = [
  ["", "All"], ["succeeded", "Succeeded"], ["partial", "Partial"], ["failed", "Failed"], ["duplicate", "Duplicate"],
  ["rejected", "Rejected"], ["cancelled", "Cancelled"], ["running", "Running"], ["waiting", "Waiting"],
];

/** jobOf: the job as it stands now. params of the page's address: status, from (position), at (position). */
export function documentTable(jobOf, params, signal) {
  const job = jobOf().id;
  const known = new Map();
  const pictures = loader(signal);
  const originals = new Map(); // id → promise of the document
  let status = "";
  let after = -1; // the page shows documents behind this position
  let behind = []; // `after` of the pages before, when a filter makes them incalculable
  let open = null; // position of the document that is shown in full
  let next = null;
  let asking = null;
  let timer = 0;
  let askedAt = 0;
  let stamp = "";

  const select = h("select", { "aria-label": "Show documents by status" }, FILTERS.map(([value, label]) => h("option", { value }, label)));
  const box = h("input", { type: "number", min: 0, step: 1, inputmode: "numeric", placeholder: "Position", "aria-label": "Go to the document at position" });
  const jumper = h("form", { class: "jump" }, box, h("button", { type: "submit", class: "button" }, "Go"));
  const table = h("div", { class: "docs", role: "list" });
  const empty = h("p", { class: "empty", hidden: true });
  const trouble = h("p", { class: "error banner", role: "status", hidden: true });
  const range = h("span", { class: "range" });
  const back = h("button", { type: "button", class: "button" }, "Previous");
  const on = h("button", { type: "button", class: "button" }, "Next");
  const element = h("section", { class: "documents", "aria-labelledby": "documents-heading" },
    h("div", { class: "bar-head" }, h("h2", { id: "documents-heading" }, "Documents"), select, jumper),
    trouble,
    h("div", { class: "card flush" },
      h("div", { class: "docs-head", "aria-hidden": "true" }, ["#", "", "Document", "Status", "Type", "Size"].map((word) => h("span", null, word))),
      table, empty),
    h("nav", { class: "paging", "aria-label": "Pages of documents" }, back, range, on));

  // --- where we are --------------------------------------------------------------------------------

  function address() {
    const query = new URLSearchParams();
    if (status) query.set("status", status);
    if (after >= 0) query.set("from", after + 1);
    if (open !== null) query.set("at", open);
    return `#/jobs/${job}${query.size ? `?${query}` : ""}`;
  }

  function remember() {
    history.replaceState(null, "", address());
  }

  /** Go where a link points: to a document by its position or id, or to a page of them. */
  async function arrive(given) {
    const id = given.get("document");
    try {
      if (id) return await jump((await original(id)).position);
    } catch (error) {
      return toast(error.message);
    }
    read(given);
    return open !== null && !status ? jump(open) : refresh();
  }

  const position = (value) => (/^\d{1,9}$/.test(value ?? "") ? Number(value) : null);

  function read(given) {
    status = FILTERS.some(([value]) => value === given.get("status")) ? given.get("status") : "";
    open = position(given.get("at"));
    const from = position(given.get("from"));
    behind = [];
    after = from !== null ? from - 1 : open !== null && !status ? Math.floor(open / PAGE) * PAGE - 1 : -1;
    select.value = status;
  }

  function go(changes) {
    ({ status = status, after = after, behind = behind, open = open } = { ...changes });
    select.value = status;
    remember();
    stamp = "";
    return refresh();
  }

  async function jump(to) {
    const { documents } = jobOf().counts;
    if (!(to < documents)) {
      toast(documents ? `There is no document ${to}; positions go from 0 to ${documents - 1}.` : "The job holds no documents yet.");
      return;
    }
    await go({ status: "", after: Math.floor(to / PAGE) * PAGE - 1, behind: [], open: to });
    const entry = [...known.values()].find(({ at }) => at === to);
    if (!entry) return;
    entry.element.scrollIntoView();
    entry.focus();
    say(entry.told());
  }

  jumper.addEventListener("submit", (event) => {
    event.preventDefault();
    const to = position(box.value.trim());
    if (to !== null) jump(to);
  });
  select.addEventListener("change", () => go({ status: select.value, after: -1, behind: [], open: null }));
  on.addEventListener("click", () => {
    go({ behind: [...behind, after], after: next, open: null });
    element.scrollIntoView();
  });
  back.addEventListener("click", () => {
    const to = status ? (behind.at(-1) ?? -1) : Math.max(-1, after - PAGE);
    go({ after: to, behind: behind.slice(0, -1), open: null });
    element.scrollIntoView();
  });

  // --- what is there -------------------------------------------------------------------------------

  async function refresh() {
    clearTimeout(timer);
    timer = 0;
    asking?.abort();
    const mine = (asking = new AbortController());
    askedAt = performance.now();
    try {
      const states = status ? (STATES_OF[status] ?? [status]) : [];
      const page = await api.documents(job, { status: states, cursor: after >= 0 ? after : null, limit: PAGE }, mine.signal);
      if (asking !== mine || signal.aborted) return;
      trouble.hidden = true;
      next = page.next === null ? null : Number(page.next);
      keyed(table, known, page.items, (item) => item.id, (item) => row(item));
      empty.hidden = page.items.length > 0;
      text(empty, status ? `No document is ${status}.` : TERMINAL.has(jobOf().status) ? "It held no documents." : "Waiting for documents.");
      const [one] = page.items;
      text(range, one ? `${number(one.position)} – ${number(page.items.at(-1).position)} of ${number(jobOf().counts.documents)}` : "");
      back.disabled = after < 0;
      on.disabled = next === null;
    } catch (error) {
      if (error.name === "AbortError" || asking !== mine) return;
      text(trouble, error.message);
      trouble.hidden = false;
      stamp = "";
    }
  }

  /** The job moved: look again, but not more often than somebody can read. */
  function update(now, atOnce = false) {
    const fresh = JSON.stringify([now.status, now.counts]);
    if (fresh === stamp && !atOnce) return;
    stamp = fresh;
    if (timer) return;
    const wait = atOnce || TERMINAL.has(now.status) ? 0 : Math.max(0, 1500 - (performance.now() - askedAt));
    timer = setTimeout(refresh, wait);
  }

  function original(id) {
    if (!originals.has(id)) originals.set(id, api.document(job, id, signal));
    return originals.get(id);
  }

  // --- one document --------------------------------------------------------------------------------

  function row(first) {
    let item = first;
    let shown = "";
    const picture = h("span", { class: "thumb", "aria-hidden": "true" });
    const name = h("span", { class: "doc-name" });
    const reason = h("span", { class: "doc-why" });
    const mark = h("span", { class: "doc-mark" });
    const type = h("span", { class: "doc-type" });
    const size = h("span", { class: "doc-size" });
    const body = h("div", { class: "doc-body", id: `doc-${first.id}`, hidden: true });
    const button = h("button", { type: "button", class: "doc-row", "aria-controls": body.id },
      h("span", { class: "doc-at" }, String(first.position)), picture, h("span", { class: "doc-what" }, name, reason), mark, type, size);
    const element = h("div", { class: "doc", role: "listitem" }, button, body);
    button.addEventListener("click", () => {
      open = open === item.position ? null : item.position;
      remember();
      for (const entry of known.values()) entry.unfold();
    });

    function unfold() {
      const wanted = open === item.position;
      button.setAttribute("aria-expanded", String(wanted));
      element.classList.toggle("open", wanted);
      if (wanted && (body.hidden || body.dataset.of !== shown)) {
        body.dataset.of = shown;
        fill(body, story(item, { pictures, signal, original }));
      }
      body.hidden = !wanted;
    }

    return {
      element,
      at: first.position,
      unfold,
      focus: () => button.focus({ preventScroll: true }),
      told: () => `Document ${item.position}, ${item.name}, ${item.status}. ${why(item)}`,
      stop: () => pictures.drop(first.id),
      update(now) {
        item = now;
        const state = JSON.stringify([now.status, now.mediaType, now.artifacts.length, now.endedAt]);
        if (state !== shown) {
          shown = state;
          text(name, now.name);
          name.title = now.name;
          text(reason, why(now));
          fill(mark, badge(now.status));
          text(type, now.mediaType ? short(now.mediaType) : "");
          type.title = now.mediaType ?? "";
          text(size, bytes(now.size));
          pictures.show(picture, now);
          if (now.duplicateOf) {
            original(now.duplicateOf).then((found) => {
              if (item.status === "duplicate") text(reason, `Same bytes as #${found.position} ${found.name}`);
            }, () => {});
          }
        }
        unfold();
      },
    };
  }

  read(params);
  return {
    element,
    update,
    start: () => (open !== null || params.has("document") ? arrive(params) : undefined),
    filter: (bucket) => {
      go({ status: status === bucket ? "" : bucket, after: -1, behind: [], open: null });
    },
    navigate: arrive,
    stop() {
      clearTimeout(timer);
      asking?.abort();
      pictures.clear();
    },
  };
}

/** Why a document ended as it did, in a line. */
function why(item) {
  if (item.error) return item.error.message;
  if (item.status === "duplicate") return "Same bytes as an earlier document.";
  if (item.pagesFailed) return `${number(item.pagesFailed)} of ${plural(item.pages, "page")} failed.`;
  if (item.rowsFailed) return `${number(item.rowsFailed)} of ${plural(item.rows, "row")} failed.`;
  const parts = [];
  if (item.pages) parts.push(plural(item.pages, "page"));
  if (item.rows) parts.push(plural(item.rows, "row"));
  return parts.join(", ");
}
