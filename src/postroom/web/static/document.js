// Owns one document in full: the answer to "what became of it".

import { api, save } from "./api.js";
import { bytes, fill, full, h, number, plural, text, toast } from "./dom.js";
import { look, picturesOf } from "./picture.js";
import { nothing, pair, shown, words } from "./value.js";

const GALLERY = 24; // pictures that are shown before somebody asks for more
const FILES = 5; // files that are listed before somebody asks
const READ = 64000; // characters of a text that are shown
const TOLD = new Set(["size", "sha256", "media_type", "mediaType", "pages", "rows"]);

/** original: id → promise of another document of the job. */
export function story(item, { pictures, signal, original }) {
  const found = Object.entries({ ...item.facts, ...item.result }).filter(([name]) => !TOLD.has(name));
  const none = found.filter(([, value]) => nothing(value)).map(([name]) => words(name));
  return [
    preview(item, pictures),
    h("div", { class: "doc-story" },
      item.error && h("p", { class: "verdict bad" }, item.error.message, h("code", null, item.error.code)),
      item.duplicateOf && twin(item, original),
      gallery(item, pictures),
      files(item, signal),
      shown(found.filter(([, value]) => !nothing(value)), [
        pair("Size", item.size === null ? "–" : bytes(item.size)),
        item.declaredType && item.declaredType !== item.mediaType && pair("Sent as", item.declaredType),
        item.pages > 0 && pair("Pages", `${number(item.pages)}${item.pagesFailed ? `, ${number(item.pagesFailed)} failed` : ""}`),
        item.rows > 0 && pair("Rows", `${number(item.rows)}${item.rowsFailed ? `, ${number(item.rowsFailed)} failed` : ""}`),
      ], [item.endedAt && pair("Ended", full(item.endedAt))]),
      none.length > 0 && h("p", { class: "hint" }, `No or none: ${none.join(", ")}.`),
      h("dl", { class: "facts" },
        pair("Media type", item.mediaType ?? "–"),
        pair("SHA-256", h("code", { class: "id" }, item.sha256 ?? "–")), pair("Id", h("code", { class: "id" }, item.id)))),
  ];
}

function twin(item, original) {
  const line = h("p", { class: "verdict" }, "The same bytes came before.");
  original(item.duplicateOf).then((found) => fill(line, "Same bytes as ",
    h("a", { href: `${location.hash.replace(/\?.*/, "")}?at=${found.position}` }, `#${found.position} ${found.name}`), "."),
  () => text(line, "The same bytes came before; that document cannot be shown."));
  return line;
}

function preview(item, pictures) {
  const all = picturesOf(item);
  const large = h(all.length ? "button" : "div", { class: "preview", ...(all.length && { type: "button", "aria-label": "Look at the picture" }) });
  if (all.length) large.addEventListener("click", () => look(pictures, all, 0));
  pictures.show(large, item);
  return large;
}

/** All pages side by side, if there are several. */
function gallery(item, pictures) {
  const all = picturesOf(item);
  if (all.length < 2) return null;
  const row = h("div", { class: "gallery" });
  const tile = (one, n) => {
    const place = h("button", { type: "button", class: "tile", title: one.name, "aria-label": `Look at ${one.name}`, on: { click: () => look(pictures, all, n) } },
      h("span", { class: "kind" }, n + 1));
    pictures.place(place, one.small);
    return place;
  };
  const more = all.length > GALLERY && h("button", { type: "button", class: "button small", on: { click: () => {
    fill(row, all.map(tile));
  } } }, `Show all ${number(all.length)}`);
  fill(row, all.slice(0, GALLERY).map(tile), more);
  return row;
}

/** What can be taken away: the document as it came, and what was made of it. */
function files(item, signal) {
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
  const line = (file, label, as) => h("li", null, h("span", null, label, " ", h("small", null, bytes(file.size))),
    file.mediaType.startsWith("text/") && act("Read", async () => {
      text(reading, await beginning(await api.bytes(file.href, signal)));
      reading.hidden = false;
    }),
    act("Download", async () => save(await api.bytes(file.href, signal), as)));
  const made = item.artifacts.map((file) => line(file, file.name, `${item.position}-${file.name.replaceAll("/", "-")}`));
  const came = item.content && line({ href: item.content, size: item.size, mediaType: "" }, "As it came", item.name);
  if (!came && !made.length) return null;
  const few = made.length <= FILES;
  return h("div", { class: "artifacts" },
    h("ul", null, came, few && made),
    !few && h("details", { class: "nest" }, h("summary", null, "What was made of it ", h("small", null, plural(made.length, "file"))), h("ul", { class: "nested" }, made)),
    reading);
}

async function beginning(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let found = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return found;
    found += value;
    if (found.length > READ) {
      reader.cancel().catch(() => {});
      return `${found.slice(0, READ)}\n… Download it to read on.`;
    }
  }
}
