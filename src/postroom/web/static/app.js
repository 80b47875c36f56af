// Owns the frame of the page: the key at the door, which view is shown, and whether the server is well.

import { api, key, readiness, whenRefused } from "./api.js";
import { fill, h, plural, say, text, toast } from "./dom.js";
import { jobView } from "./job.js";
import { jobsView } from "./jobs.js";
import { uploading } from "./upload.js";

const main = document.getElementById("main");
const leave = document.getElementById("leave");
const health = document.getElementById("health");

let shown = null; // {name, stop, update}

/** The address of the page, after the hash: path parts and parameters. */
function here() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean), params: new URLSearchParams(query ?? "") };
}

function route() {
  if (!key.get()) return gate();
  leave.hidden = false;
  const { parts, params } = here();
  const name = parts[0] === "jobs" && parts[1] ? `job ${parts[1]}` : "jobs";
  if (shown?.name === name) return shown.update(params);
  shown?.stop();
  const view = name === "jobs" ? jobsView(main, params) : jobView(main, decodeURIComponent(parts[1]), params);
  shown = { name, ...view };
  window.scrollTo(0, 0);
  return undefined;
}

function gate(message = "") {
  shown?.stop();
  shown = null;
  leave.hidden = true;
  document.title = "Postroom";
  const input = h("input", {
    id: "key", name: "key", type: "password", required: true, autocomplete: "off", spellcheck: "false",
    autocapitalize: "none", "aria-describedby": "key-hint key-error",
  });
  const error = h("p", { class: "error", id: "key-error", role: "alert" }, message);
  const button = h("button", { class: "button primary", type: "submit" }, "Open");
  const form = h(
    "form",
    { class: "gate card" },
    h("img", { src: "/static/icon.svg", alt: "", width: 44, height: 44 }),
    h("h1", null, "Open the postroom"),
    h("label", { for: "key" }, "API key"),
    h("div", { class: "row" }, input, button),
    error,
    h("p", { class: "hint", id: "key-hint" },
      "It stays in this tab until you close it. An operator makes one with ",
      h("code", null, "postroom keys create"), "."),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = input.value.trim();
    if (!/^[\x21-\x7e]{1,512}$/.test(value)) {
      text(error, "An API key is one word of plain letters, digits and signs.");
      return;
    }
    button.disabled = true;
    text(error, "");
    key.set(value);
    try {
      await api.jobs({ limit: 1 });
      say("The key is accepted.");
      route();
      main.focus();
    } catch (problem) {
      key.forget();
      if (!form.isConnected) return;
      text(error, problem.message);
      button.disabled = false;
      input.select();
    }
  });
  fill(main, form);
  input.focus();
}

whenRefused((message) => {
  const asked = main.querySelector(".gate") !== null;
  key.forget();
  if (!asked) gate(message || "The API key is not known or has been revoked.");
});

leave.addEventListener("click", () => {
  if (uploading()) {
    toast("Files are still being uploaded; stop that first.");
    return;
  }
  key.forget();
  gate();
});

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is our address
  main.focus();
});

async function pulse() {
  if (!document.hidden) {
    const ready = await readiness();
    const state = !ready?.ready ? "down" : ready.workers ? "well" : "idle";
    health.dataset.state = state;
    health.hidden = false;
    text(health, state === "well" ? plural(ready.workers, "worker") : state === "idle" ? "no worker is running"
      : ready ? "the database is unreachable" : "no connection");
  }
  setTimeout(pulse, 10000);
}

window.addEventListener("hashchange", route);
window.addEventListener("beforeunload", (event) => {
  if (uploading()) event.preventDefault();
});
route();
pulse();
