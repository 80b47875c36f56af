// Owns the table of a job's documents: pages, filter, the jump to a position, one document in full.

import { api, save } from "./api.js";
import { badge, bytes, fill, full, h, keyed, number, plural, say, STATES_OF, TERMINAL, text, toast } from "./dom.js";

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
        fill(body, inFull(item));
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

  /** All that is known about a document: the answer to "what became of it". */
  function inFull(item) {
    const twin = h("p", { class: "verdict" });
    if (item.duplicateOf) {
      text(twin, "The same bytes came before.");
      original(item.duplicateOf).then((found) => fill(twin, "Same bytes as ",
        h("a", { href: `#/jobs/${job}?at=${found.position}` }, `#${found.position} ${found.name}`), "."),
      () => text(twin, "The same bytes came before; that document cannot be shown."));
    }
    const facts = Object.entries({ ...item.facts, ...item.result }).filter(([name]) => !TOLD.has(name));
    const found = facts.filter(([, value]) => !nothing(value));
    const none = facts.filter(([, value]) => nothing(value)).map(([name]) => words(name));
    const large = h("div", { class: "preview" });
    pictures.show(large, item);
    return [
      large,
      h("div", { class: "doc-story" },
        item.error && h("p", { class: "verdict bad" }, item.error.message, h("code", null, item.error.code)),
        item.duplicateOf && twin,
        artifacts(item),
        h("dl", { class: "facts many" },
          pair("Size", item.size === null ? "–" : bytes(item.size)),
          item.declaredType && item.declaredType !== item.mediaType && pair("Sent as", item.declaredType),
          item.pages > 0 && pair("Pages", `${number(item.pages)}${item.pagesFailed ? `, ${number(item.pagesFailed)} failed` : ""}`),
          item.rows > 0 && pair("Rows", `${number(item.rows)}${item.rowsFailed ? `, ${number(item.rowsFailed)} failed` : ""}`),
          found.map(([name, value]) => pair(words(name), shownValue(value))),
          item.endedAt && pair("Ended", full(item.endedAt))),
        none.length > 0 && h("p", { class: "hint" }, `No or none: ${none.join(", ")}.`),
        h("dl", { class: "facts" },
          pair("Media type", item.mediaType ?? "–"),
          pair("SHA-256", h("code", { class: "id" }, item.sha256 ?? "–")), pair("Id", h("code", { class: "id" }, item.id)))),
    ];
  }

  function artifacts(item) {
    if (!item.artifacts.length) return null;
    const reading = h("pre", { class: "reading", hidden: true, tabindex: "0", "aria-label": "Text" });
    const act = (label, step) => h("button", { type: "button", class: "button small", on: { click: async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        await step();
      } catch (error) {
        if (error.name !== "AbortError") toast(error.message);
      }
      button.disabled = false;
    } } }, label);
    return h("div", { class: "artifacts" },
      h("ul", null, item.artifacts.map((artifact) => h("li", null, h("span", null, artifact.name, " ", h("small", null, bytes(artifact.size))),
        artifact.mediaType.startsWith("text/") && act("Read", async () => {
          text(reading, await beginning(await api.bytes(artifact.href, signal)));
          reading.hidden = false;
        }),
        act("Download", async () => save(await api.bytes(artifact.href, signal), `${item.position}-${artifact.name}`))))),
      reading);
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

const pair = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
const TOLD = new Set(["size", "sha256", "media_type", "mediaType", "pages", "rows"]);
const nothing = (value) => value === null || value === false || value === 0 || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
const words = (name) => name.replaceAll("_", " ");

function shownValue(value) {
  if (value === null || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const parts = value.map(flat);
    return value.some((one) => typeof one === "object") ? parts.map((part) => h("span", { class: "part" }, part)) : parts.join(", ");
  }
  return flat(value);
}

/** A nested value in a line: "pages 1-2, width 612, height 792". */
function flat(value) {
  if (value === null || typeof value !== "object") return String(value ?? "–");
  const parts = Array.isArray(value) ? value.map(flat) : Object.entries(value).map(([name, one]) => `${words(name)} ${flat(one)}`);
  return parts.join(", ");
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

const SHORT = {
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
  "application/octet-stream": "unknown",
  "application/x-empty": "empty",
  "message/rfc822": "mail",
  "text/plain": "text",
  "text/tab-separated-values": "tsv",
};
const short = (type) => SHORT[type] ?? type.split(";")[0].replace(/^.*\//, "").replace(/^(vnd\.|x-)/, "");

async function beginning(response, limit = 64000) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let found = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return found;
    found += value;
    if (found.length > limit) {
      reader.cancel().catch(() => {});
      return `${found.slice(0, limit)}\n… Download it to read on.`;
    }
  }
}

/** Thumbnails, fetched with the key when they come into view, a few at a time, and let go again. */
function loader(signal) {
  const addresses = new Map(); // document id → promise of a blob address
  const waiting = [];
  let busy = 0;

  function pump() {
    while (busy < 4 && waiting.length) {
      busy += 1;
      waiting.shift()().finally(() => {
        busy -= 1;
        pump();
      });
    }
  }

  function load(item, artifact) {
    if (!addresses.has(item.id)) {
      addresses.set(item.id, new Promise((resolve) => {
        waiting.push(async () => {
          try {
            resolve(URL.createObjectURL(await (await api.bytes(artifact.href, signal)).blob()));
          } catch {
            resolve(null);
          }
        });
        pump();
      }));
    }
    return addresses.get(item.id);
  }

  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      entry.target.arrive?.();
    }
  }, { rootMargin: "200px" });

  function drop(id) {
    addresses.get(id)?.then((address) => address && URL.revokeObjectURL(address));
    addresses.delete(id);
  }

  return {
    drop,
    show(place, item) {
      const artifact = item.artifacts.find(({ mediaType }) => mediaType.startsWith("image/"));
      const kind = item.name.match(/\.([a-z0-9]{1,4})$/i)?.[1] ?? (item.mediaType ? short(item.mediaType) : "");
      fill(place, h("span", { class: "kind" }, kind.slice(0, 4)));
      if (!artifact) return;
      place.arrive = async () => {
        const address = await load(item, artifact);
        if (address && place.isConnected) fill(place, h("img", { src: address, alt: "", decoding: "async" }));
      };
      watch.observe(place);
    },
    clear() {
      watch.disconnect();
      waiting.length = 0;
      for (const id of [...addresses.keys()]) drop(id);
    },
  };
}
