// Owns pictures of documents: fetched with the key when they come into view, a few at a time, let go again; and the
// large view of one among its neighbours.

import { api } from "./api.js";
import { fill, h } from "./dom.js";

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

/** A media type in a word. */
export const short = (type) => SHORT[type] ?? type.split(";")[0].replace(/^.*\//, "").replace(/^(vnd\.|x-)/, "");

/** A document's pictures, small with large where the same folder has both: [{ name, small, large }], artifacts. */
export function picturesOf(item) {
  const found = item.artifacts.filter(({ mediaType }) => mediaType.startsWith("image/"));
  const folders = new Map(); // folder → its thumbnail
  const folder = (one) => one.name.replace(/[^/]*$/, "");
  const isSmall = (one) => /(^|\/)thumbnail\.\w+$/.test(one.name);
  for (const one of found) if (isSmall(one)) folders.set(folder(one), one);
  const large = found.filter((one) => !isSmall(one));
  const beside = new Set(large.map(folder));
  return [
    ...large.map((one) => ({ name: one.name, small: folders.get(folder(one)) ?? one, large: one })),
    ...found.filter((one) => isSmall(one) && !beside.has(folder(one))).map((one) => ({ name: one.name, small: one, large: one })),
  ].sort((one, two) => (one.name < two.name ? -1 : 1));
}

export function loader(signal) {
  const addresses = new Map(); // href → promise of a blob address
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

  /** → promise of an address for <img>, null if it cannot be had */
  function load(artifact) {
    if (!addresses.has(artifact.href)) {
      addresses.set(artifact.href, new Promise((resolve) => {
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
    return addresses.get(artifact.href);
  }

  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      entry.target.arrive?.();
    }
  }, { rootMargin: "200px" });

  function drop(href) {
    addresses.get(href)?.then((address) => address && URL.revokeObjectURL(address));
    addresses.delete(href);
  }

  /** The picture of an artifact, once the place comes into view. */
  function place(element, artifact) {
    element.arrive = async () => {
      const address = await load(artifact);
      if (address && element.isConnected) fill(element, h("img", { src: address, alt: "", decoding: "async" }));
    };
    watch.observe(element);
  }

  return {
    load,
    place,
    /** The first picture of a document, or its kind in letters. */
    show(element, item) {
      const kind = item.name.match(/\.([a-z0-9]{1,4})$/i)?.[1] ?? (item.mediaType ? short(item.mediaType) : "");
      fill(element, h("span", { class: "kind" }, kind.slice(0, 4)));
      const [first] = picturesOf(item);
      if (first) place(element, first.small);
    },
    /** Let go of all pictures of a document. */
    drop: (id) => [...addresses.keys()].filter((href) => href.includes(`/documents/${id}/`)).forEach(drop),
    clear() {
      watch.disconnect();
      waiting.length = 0;
      [...addresses.keys()].forEach(drop);
    },
  };
}

/** One picture as large as the window; arrow keys go on to its neighbours. */
export function look(pictures, found, at) {
  const place = h("div", { class: "look-place" });
  const name = h("p", { class: "look-name" });
  const step = (label, by) => h("button", { type: "button", class: "button", "aria-label": label, on: { click: () => go(now + by) } }, by < 0 ? "‹" : "›");
  const [back, on] = [step("Previous picture", -1), step("Next picture", 1)];
  const shut = h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Close");
  const dialog = h("dialog", { class: "look", "aria-label": "Picture" }, h("div", { class: "look-head" }, name, back, on, shut), place);
  let now = at;

  async function go(to) {
    if (!found[to]) return;
    now = to;
    back.disabled = to === 0;
    on.disabled = to === found.length - 1;
    fill(name, `${found[to].name} (${to + 1} of ${found.length})`);
    fill(place, h("p", { class: "hint" }, "Loading …"));
    const address = await pictures.load(found[to].large);
    if (now !== to) return;
    fill(place, address ? h("img", { src: address, alt: found[to].name }) : h("p", { class: "error" }, "This picture cannot be shown."));
  }

  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) go(now + by);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  go(at);
}
