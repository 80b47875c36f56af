// Owns how whatever a system has found is shown: flat values side by side, lists of things as tables, the rest folded.

import { h, number, plural } from "./dom.js";

const ROWS = 100; // of a table, or members of an object, that are shown; the results hold them all
const COLUMNS = 12;
const OPEN = 150; // values up to which something nested is open from the start
const ASIDE = ["fingerprint", "reasons", "provenance"]; // folded and last: how it was found, not what

export const nothing = (value) => value === null || value === undefined || value === false || value === 0 || value === ""
  || (typeof value === "object" && Object.values(value).every((one) => one !== false && one !== 0 && nothing(one)));
export const words = (name) => name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, (all, one, two) => `${one} ${two.toLowerCase()}`);
export const pair = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));

const isFlat = (value) => value === null || typeof value !== "object" || (Array.isArray(value) && value.every((one) => one === null || typeof one !== "object"));
const leaves = (value) => (value === null || typeof value !== "object" ? 1 : Object.values(value).reduce((sum, one) => sum + leaves(one), 0));
const there = (value) => value !== null && value !== undefined && value !== "" && !(typeof value === "object" && !Object.keys(value).length);

function flat(value) {
  if (!there(value)) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return number(value, 4);
  return Array.isArray(value) ? value.map(flat).join(", ") : String(value);
}

/** [name, value] pairs: flat ones as a list of facts, nested ones below it. */
export function shown(entries, before = [], after = []) {
  const some = entries.filter(([, value]) => there(value)).slice(0, ROWS);
  const left = entries.length - ROWS;
  return [
    h("dl", { class: "facts many" }, before, some.filter(([, value]) => isFlat(value)).map(([name, value]) => pair(words(name), flat(value))), after),
    some.filter(([, value]) => !isFlat(value)).sort(([one], [two]) => ASIDE.indexOf(one) - ASIDE.indexOf(two)).map(([name, value]) => folded(name, value)),
    left > 0 && h("p", { class: "hint" }, `And ${number(left)} more; the results hold them all.`),
  ];
}

function folded(name, value) {
  const count = Array.isArray(value) ? value.length : Object.values(value).filter(there).length;
  return h("details", { class: "nest", open: leaves(value) <= OPEN && !ASIDE.includes(name) },
    h("summary", null, words(name), " ", h("small", null, plural(count, Array.isArray(value) ? "entry" : "value", Array.isArray(value) ? "entries" : "values"))),
    h("div", { class: "nested" }, Array.isArray(value) ? several(value) : isTable(Object.values(value)) ? table(Object.values(value), Object.keys(value)) : shown(Object.entries(value))));
}

function several(list) {
  const things = list.filter(there);
  if (isTable(things)) return table(things);
  return [
    things.slice(0, ROWS).map((one, n) => (isFlat(one) ? h("p", null, flat(one)) : folded(String(n + 1), one))),
    things.length > ROWS && h("p", { class: "hint" }, `And ${number(things.length - ROWS)} more; the results hold them all.`),
  ];
}

const columnsOf = (things) => [...new Set(things.flatMap((one) => Object.keys(one).filter((name) => there(one[name]))))];

function isTable(things) {
  const same = things.length > 1 && things.every((one) => one && typeof one === "object" && (Array.isArray(one) || Object.values(one).every(isFlat)));
  return same && columnsOf(things).length <= COLUMNS;
}

/** Things with the same few members. names: of the rows, if they have any. */
function table(things, names = null) {
  const columns = columnsOf(things);
  const headed = !things.every(Array.isArray);
  return h("div", { class: "wide" }, h("table", { class: "values" },
    headed && h("thead", null, h("tr", null, names && h("th", null), columns.map((name) => h("th", { scope: "col" }, words(name))))),
    h("tbody", null, things.slice(0, ROWS).map((one, n) => h("tr", null,
      names && h("th", { scope: "row" }, words(names[n])), columns.map((name) => h("td", null, flat(one[name])))))),
    things.length > ROWS && h("caption", null, `The first ${ROWS} of ${number(things.length)}; the results hold them all.`)));
}
