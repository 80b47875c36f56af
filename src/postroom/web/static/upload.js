// Owns how files become a job: the drop zone, folders, batches of one form each, progress, what was refused.

import { api, once, Problem, upload } from "./api.js";
import { bytes, duration, fill, h, number, plural, say, text, toast } from "./dom.js";

const BATCH_FILES = 100; // the server takes 1,000 parts; a lost form should not cost much
const BATCH_BYTES = 32 * 2 ** 20;
const ATTEMPTS = 5;

// What can be asked for. One entry per workflow that makes sense for a pile of loose files.
const WORKFLOWS = [
  { name: "inspect", label: "Inspect", about: "Find out what each document is, whether it is sound, and what it says." },
];
const DUPLICATES = [
  ["link", "Link to the first one"],
  ["process", "Process them all the same"],
  ["reject", "Reject them"],
];

let current = null; // the Upload that is going on

/** The id of the job that files are on their way to, or null. */
export const uploading = () => current?.job.id ?? null;

// --- choosing --------------------------------------------------------------------------------------

/** The panel that takes files and folders and starts a job. */
export function dropZone() {
  let files = [];

  const pick = h("input", { type: "file", multiple: true, class: "sr", tabindex: "-1", "aria-hidden": "true", id: "pick-files" });
  const pickFolder = h("input", { type: "file", webkitdirectory: true, class: "sr", tabindex: "-1", "aria-hidden": "true", id: "pick-folder" });
  const chosen = h("p", { class: "chosen", "aria-live": "polite" });
  const workflow = h("select", { id: "workflow" }, WORKFLOWS.map(({ name, label }) => h("option", { value: name }, label)));
  const about = h("p", { class: "hint" }, WORKFLOWS[0].about);
  const duplicates = h("select", { id: "duplicates" }, DUPLICATES.map(([value, label]) => h("option", { value }, label)));
  const reference = h("input", { id: "reference", maxlength: 256, autocomplete: "off", placeholder: "Optional, e.g. March invoices" });
  const passwords = h("textarea", { id: "passwords", rows: 2, autocomplete: "off", spellcheck: "false", placeholder: "One per line, tried on locked files" });
  const thumbnails = h("input", { type: "checkbox", checked: true });
  const texts = h("input", { type: "checkbox", checked: true });
  const start = h("button", { type: "submit", class: "button primary" }, "Start");
  const clear = h("button", { type: "button", class: "button" }, "Clear");
  const error = h("p", { class: "error", role: "alert" });
  const field = (id, label, control, wide) => h("div", { class: wide ? "field wide" : "field" }, h("label", { for: id }, label), control);

  const form = h(
    "form",
    { class: "order", hidden: true },
    h("div", { class: "order-head" }, chosen, clear),
    h("div", { class: "fields" },
      field("workflow", "Workflow", workflow),
      field("duplicates", "Same file twice", duplicates),
      field("reference", "Reference", reference),
      field("passwords", "Passwords", passwords),
      h("div", { class: "field checks" },
        h("label", null, thumbnails, " Make thumbnails"), h("label", null, texts, " Extract text"))),
    error,
    h("div", { class: "order-foot" }, about, start),
  );
  const zone = h(
    "div",
    { class: "zone" },
    h("div", { class: "zone-slots", "aria-hidden": "true" }, Array.from({ length: 6 }, () => h("i"))),
    h("div", { class: "zone-text" }, h("strong", null, h("span", { class: "wide-only" }, "Drop documents or folders here"), h("span", { class: "small-only" }, "Hand in documents")),
      h("span", null, "PDF, images, spreadsheets, mail, text: any number, any kind")),
    h("div", { class: "zone-buttons" },
      h("button", { type: "button", class: "button", on: { click: () => pick.click() } }, "Choose files"),
      h("button", { type: "button", class: "button wide-only", on: { click: () => pickFolder.click() } }, "Choose a folder")),
  );
  const panel = h("section", { class: "drop card", "aria-label": "New job" }, zone, form, pick, pickFolder);

  function take(found) {
    if (!found.length) return;
    files = files.concat(found);
    show();
    start.focus({ preventScroll: true });
  }

  function show() {
    form.hidden = files.length === 0;
    panel.classList.toggle("filled", files.length > 0);
    const size = files.reduce((sum, { file }) => sum + file.size, 0);
    text(chosen, files.length ? `${plural(files.length, "file")}, ${bytes(size)}` : "");
    text(start, `Start with ${plural(files.length, "document")}`);
    text(error, "");
  }

  const fromInput = (input) => {
    take([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = "";
  };
  pick.addEventListener("change", () => fromInput(pick));
  pickFolder.addEventListener("change", () => fromInput(pickFolder));
  clear.addEventListener("click", () => {
    files = [];
    show();
  });

  let depth = 0;
  panel.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    panel.classList.add("over");
  });
  panel.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) panel.classList.remove("over");
  });
  panel.addEventListener("dragover", (event) => event.preventDefault());
  panel.addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    panel.classList.remove("over");
    take(await dropped(event.dataTransfer));
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!files.length) return;
    if (current) {
      text(error, "Another upload is going on; this can start when it is done.");
      return;
    }
    start.disabled = true;
    const words = passwords.value.split(/\r?\n/).filter((line) => line !== "");
    const order = {
      workflow: workflow.value,
      externalId: reference.value.trim() || null,
      options: {
        duplicates: duplicates.value,
        ...(words.length ? { passwords: words } : {}),
        thumbnails: thumbnails.checked,
        text: texts.checked,
      },
    };
    try {
      const job = await api.create(order);
      current = new Upload(job, [...files].sort(byPath));
      files = [];
      passwords.value = "";
      reference.value = "";
      show();
      location.hash = `#/jobs/${job.id}`;
      current.run();
    } catch (problem) {
      text(error, problem.message);
    } finally {
      start.disabled = false;
    }
  });
  return panel;
}

const natural = new Intl.Collator("en", { numeric: true });
const byPath = (a, b) => natural.compare(a.path, b.path);

/** Everything in a drop, folders opened. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  const unread = [];
  const queue = [...entries];
  while (queue.length) {
    const entry = queue.shift();
    try {
      if (entry.isFile) {
        const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
        found.push({ file, path: entry.fullPath.replace(/^\//, "") });
      } else if (entry.isDirectory) {
        const reader = entry.createReader();
        for (;;) {
          // A reader gives at most a hundred entries at a time, then an empty list.
          const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
          if (!some.length) break;
          queue.push(...some);
        }
      }
    } catch {
      unread.push(entry.name);
    }
  }
  if (unread.length) toast(`${plural(unread.length, "entry", "entries")} could not be read: ${unread.slice(0, 3).join(", ")}.`);
  return found;
}

// --- sending ---------------------------------------------------------------------------------------

/** Files on their way into an open job. One form after the other, so that documents keep their order. */
class Upload {
  constructor(job, files) {
    this.job = job;
    this.batches = batches(files);
    this.total = files.reduce((sum, { file }) => sum + file.size, 0);
    this.count = files.length;
    this.sent = 0;
    this.done = 0;
    this.refused = [];
    this.stopping = new AbortController();
    this.started = performance.now();
    this.tray = new Tray(this);
  }

  async run() {
    try {
      while (this.batches.length) {
        this.batches.splice(0, 1, ...(await this.send(this.batches[0])));
      }
      await this.persist(() => api.close(this.job.id));
      this.end(this.refused.length ? "some" : "all");
    } catch (error) {
      if (error.name === "AbortError") this.discard();
      else this.tray.stuck(error.message);
    }
  }

  again() {
    this.tray.going();
    this.run();
  }

  /** Send one form. → the forms to send instead of it, when it was refused as a whole. */
  async send(batch) {
    const size = batch.files.reduce((sum, { file }) => sum + file.size, 0);
    const onSent = (loaded) => this.tray.show(this.sent + Math.min(loaded, size));
    try {
      await this.persist(() =>
        upload(this.job.id, batch.files, { idempotency: batch.key, onSent, signal: this.stopping.signal }));
      this.done += batch.files.length;
    } catch (error) {
      const instead = await this.refusal(batch, error);
      if (instead.length) return instead;
    }
    this.sent += size;
    this.tray.show(this.sent);
    return [];
  }

  /** A form that was refused: find the one file at fault, and let the others in. */
  async refusal(batch, error) {
    const unread = await unreadable(batch.files);
    const about = error instanceof Problem && [400, 413, 415].includes(error.status);
    if (!about && !unread.size) throw error;
    if (batch.files.length > 1) return batch.files.map((file) => ({ key: once(), files: [file] }));
    const [{ path }] = batch.files;
    this.refused.push({ path, reason: unread.size ? "It could not be read from this computer." : error.message });
    return [];
  }

  /** Try again what may go better later. The idempotency key makes that safe. */
  async persist(step) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof Problem) || !error.passing || attempt >= ATTEMPTS) throw error;
        if (error.status === 0 && (await unreadable(this.batches[0]?.files ?? [])).size) throw error;
        this.tray.note("The connection was lost; trying again.");
        await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** attempt));
        if (this.stopping.signal.aborted) throw new DOMException("Upload stopped.", "AbortError");
      }
    }
  }

  stop() {
    this.stopping.abort();
    if (this.tray.halted) this.discard();
  }

  async discard() {
    try {
      await api.cancel(this.job.id);
    } catch (error) {
      toast(error.message);
    }
    current = null;
    this.tray.close();
    say("The upload was stopped and the job cancelled.");
  }

  end(how) {
    current = null;
    this.tray.ended(how);
    say(`${plural(this.done, "document")} uploaded.`);
  }
}

function batches(files) {
  const made = [];
  let size = Infinity;
  for (const one of files) {
    const last = made.at(-1);
    if (!last || last.files.length >= BATCH_FILES || size + one.file.size > BATCH_BYTES) {
      made.push({ key: once(), files: [one] });
      size = one.file.size;
    } else {
      last.files.push(one);
      size += one.file.size;
    }
  }
  return made;
}

async function unreadable(files) {
  const found = new Set();
  for (const one of files) {
    try {
      await one.file.slice(0, 1).arrayBuffer();
    } catch {
      found.add(one);
    }
  }
  return found;
}

/** The strip at the foot of the page that stays while you look elsewhere. */
class Tray {
  constructor(task) {
    this.task = task;
    this.halted = false;
    this.root = document.getElementById("tray");
    this.meter = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
    this.line = h("p", { class: "tray-line" });
    this.detail = h("div", { class: "tray-detail" });
    this.buttons = h("div", { class: "tray-buttons" });
    fill(this.root, h("div", { class: "tray-in" }, h("div", { class: "tray-main" }, this.line, this.meter, this.detail), this.buttons));
    this.root.hidden = false;
    this.going();
  }

  going() {
    this.halted = false;
    fill(this.detail);
    fill(this.buttons, h("button", { type: "button", class: "button", on: { click: () => this.task.stop() } }, "Stop"));
    this.show(this.task.sent);
  }

  show(sent) {
    const { total, count, done, started } = this.task;
    const share = total ? Math.min(1, sent / total) : done / count;
    const seconds = (performance.now() - started) / 1000;
    const rate = sent / Math.max(seconds, 0.001);
    const left = rate > 0 ? (total - sent) / rate : 0;
    this.meter.value = share;
    text(this.line, `Uploading ${number(done)} of ${plural(count, "document")} · ${bytes(sent)} of ${bytes(total)}`
      + (seconds > 2 && left > 1 ? ` · about ${duration(left)} left` : ""));
  }

  note(message) {
    fill(this.detail, h("p", { class: "hint" }, message));
    setTimeout(() => !this.halted && fill(this.detail), 5000);
  }

  stuck(message) {
    this.halted = true;
    fill(this.detail, h("p", { class: "error", role: "alert" }, message));
    fill(this.buttons,
      h("button", { type: "button", class: "button primary", on: { click: () => this.task.again() } }, "Try again"),
      h("button", { type: "button", class: "button", on: { click: () => this.task.stop() } }, "Cancel the job"));
  }

  ended(how) {
    const { done, refused, job } = this.task;
    if (how === "all") {
      this.close();
      toast(`${plural(done, "document")} uploaded.`, "good");
      return;
    }
    text(this.line, `${plural(done, "document")} uploaded, ${number(refused.length)} not accepted.`);
    this.meter.hidden = true;
    fill(this.detail, h("ul", { class: "refused" }, refused.slice(0, 50).map(({ path, reason }) =>
      h("li", null, h("strong", null, path), " ", reason))),
    refused.length > 50 && h("p", { class: "hint" }, `and ${number(refused.length - 50)} more`));
    fill(this.buttons,
      h("a", { class: "button", href: `#/jobs/${job.id}` }, "See the job"),
      h("button", { type: "button", class: "button", on: { click: () => this.close() } }, "Close"));
  }

  close() {
    this.root.hidden = true;
    fill(this.root);
  }
}
