// The view: one filter and one window of days, which control the map, the table and the list.
// Controls, clicks and the address change it through change(), so that each leads to the same view.

import { hasKind, onlyValue, quoted, withValue } from "/page/filter.js";
import { dayNumber, dayText, isCountry, isDay, plain, today } from "/page/text.js";

const WINDOWS = [7, 30, 90, 365];
const UNFILTERED = { filter: "", alert: "", known: "now", returns: false, candidates: false, takenBack: false };
const STEPS = ["filter", "alert", "since"]; // a change of these is a step that the Back button undoes

// `filter`: in the language of subscriptions. `group` and `country`: the only ones that it asks for, or "".
// `since`: a day, an instant, or a time before now such as 7d, from which on changes are shown; "": none are.
export const view = { ...UNFILTERED, since: "", group: "", country: "", day: today(), days: 30, problems: [] };
let atEnd = true; // the window ends today and moves on with each new day
let impliedDay = null; // the last day of the window that the address of an alert opens
let written = null; // the view of the address
let first = null; // what the server says about the address with which the page was opened
const groupsBySlug = new Map(); // of the addresses that were read or written
const listeners = [];

export const firstDay = () => view.day - view.days + 1;
export const isInWindow = (day) => day >= firstDay() && day <= view.day;
export const windowName = () => `${dayText(view.day)} ${view.days}`;
export const isFiltered = () => view.filter !== "";
export const showsReturns = () => view.returns || hasKind(view.filter);
// The map shows the other countries beside the selected one, too.
export const mapFilter = () => (view.country ? withValue(view.filter, "country", "") : view.filter);
export const onChange = (listener) => listeners.push(listener);

export function change(values) {
  Object.assign(view, values);
  view.group = onlyValue(view.filter, "group");
  view.country = countryOf(view.filter);
  if ("day" in values) atEnd = view.day >= today();
  writeAddress(written !== null && STEPS.some((name) => written[name] !== view[name]));
  for (const listener of listeners) listener();
}

// Changes what the address gave, which is not a step of the reader.
export function correct(values) {
  written = null;
  change(values);
}

export const filterBy = (key, value) => change({ filter: withValue(view.filter, key, value) });
export const onlyFilter = (key, value) => withValue("", key, value);
export const clearFilter = () => change({ filter: "", problems: [] });

// Opens the window of the alert that the address names. The address stays as it is.
export function changeImpliedDay(day) {
  impliedDay = day;
  correct({ day });
}

// Moves the end of the window to today, unless the reader chose a day.
export function followToday() {
  if (atEnd) view.day = today();
}

const countryOf = (filter) => {
  const code = onlyValue(filter, "country");
  return isCountry(code) ? code : "";
};

// Reads the address: its path names an alert, a group or a country; the part after # has the rest of the view.
// Addresses of earlier versions have group, region and country after #. A query is read like the part after #.
export function readAddress() {
  const [, subject = "", name = ""] = location.pathname.match(/^\/(alert|group|country)\/(.+)$/) ?? [];
  const params = new URLSearchParams([location.hash.slice(1), location.search.slice(1)].join("&")), problems = [];
  first ??= { path: location.pathname, slug: name, group: metaContent("firstseen:group"), problem: subject === "alert" ? "" : metaContent("firstseen:problem") };
  if (first.problem && first.path === location.pathname) problems.push(first.problem);
  else if (subject) params.set(subject, subject === "group" ? groupOf(name) : decoded(name));
  const take = (field, isValid, words) => {
    const text = params.get(field) ?? "";
    if (!text || isValid(text)) return text;
    problems.push(`The address names ${words}, "${plain(text)}". It was ignored.`);
    return "";
  };
  const day = take("day", isDay, "an unknown day");
  const days = take("days", (text) => WINDOWS.includes(Number(text)), "an unknown window");
  const also = (params.get("also") ?? "").split(",");
  let filter = params.get("filter") ?? "";
  const country = take("country", isCountry, "an unknown country");
  for (const [key, value] of [["group", params.get("group")], ["country", country], ["in", params.get("region")]]) {
    if (value) filter = withValue(filter, key, value);
  }
  written = null; // what was read is not a new step
  change({
    ...UNFILTERED,
    filter,
    alert: take("alert", (text) => /^[\w-]{4,64}$/.test(text), "an unknown alert"),
    known: params.get("known") === "then" ? "then" : "now",
    returns: also.includes("returns"),
    candidates: also.includes("candidates"),
    takenBack: params.get("only") === "taken-back",
    since: take("since", isSince, "an unknown time"),
    days: Number(days) || 30,
    day: day ? dayNumber(day) : today(),
    problems,
  });
}

const isSince = (text) => /^[1-9]\d{0,3}[hdw]$/.test(text) || isDay(text)
  || (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text) && !Number.isNaN(Date.parse(text)));

const metaContent = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const groupOf = (slug) => groupsBySlug.get(slug) ?? ((first.slug === slug && first.group) || decoded(slug));

// The server reads names in any spelling, so a slug need only keep the letters.
function slugOf(group) {
  const slug = encodeURIComponent(group.toLowerCase().replaceAll(" ", "-"));
  groupsBySlug.set(slug, group);
  return slug;
}

export const dayIsInAddress = () => new URLSearchParams(location.hash.slice(1)).has("day");

// Returns the address of the view, or of the view with other values.
export function addressOf(values = {}) {
  const shown = { ...view, ...values }, params = new URLSearchParams();
  const group = onlyValue(shown.filter, "group"), country = countryOf(shown.filter);
  let path = "/", rest = shown.filter;
  if (shown.alert) path = `/alert/${encodeURIComponent(shown.alert)}`;
  else if (group && shown.filter === `group:${quoted(group)}`) [path, rest] = [`/group/${slugOf(group)}`, ""];
  else if (country && shown.filter === `country:${country}`) [path, rest] = [`/country/${country}`, ""];
  if (rest) params.set("filter", rest);
  const also = ["returns", "candidates"].filter((name) => shown[name]);
  if (also.length) params.set("also", also.join(","));
  if (shown.takenBack) params.set("only", "taken-back");
  if (shown.known === "then") params.set("known", "then");
  if (shown.since) params.set("since", shown.since);
  const isImplied = shown.alert && shown.day === impliedDay;
  if (!isImplied && (!atEnd || "day" in values)) params.set("day", dayText(shown.day));
  if (shown.days !== 30) params.set("days", String(shown.days));
  return params.size ? `${path}#${params}` : path;
}

// A step gets an entry of its own in the history of the browser.
function writeAddress(isStep) {
  const address = addressOf();
  written = { ...view };
  if (location.pathname + location.search + location.hash === address) return;
  if (isStep) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}
