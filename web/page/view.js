// What the reader looks at: one filter and one window of days, which the map, the table and the list all obey.
// Controls, clicks and the address change it through change(), so every way leads to the same picture.

import { COUNTRIES } from "/page/labels.js";
import { dayNumber, dayText, isDay, today } from "/page/text.js";

const WINDOWS = [7, 30, 90, 365];
const UNFILTERED = { group: "", region: "", country: "", alert: "", known: "now", returns: false, candidates: false };

export const view = { ...UNFILTERED, day: today(), days: 30, problems: [] };
let atEnd = true; // the window ends today and moves on with each new day
const listeners = [];

export const firstDay = () => view.day - view.days + 1;
export const isInWindow = (day) => day >= firstDay() && day <= view.day;
export const windowName = () => `${dayText(view.day)} ${view.days}`;
export const isFiltered = () => Boolean(view.group || view.region || view.country);
export const onChange = (listener) => listeners.push(listener);

export function change(values) {
  Object.assign(view, values);
  if ("day" in values) atEnd = view.day >= today();
  writeAddress();
  for (const listener of listeners) listener();
}

export const clearFilter = () => change({ ...UNFILTERED, problems: [] });

// Moves the end of the window to today, unless the reader chose a day.
export function followToday() {
  if (atEnd) view.day = today();
}

export function readAddress() {
  const params = new URLSearchParams(location.hash.slice(1));
  const problems = [];
  const take = (name, isValid, words) => {
    const text = params.get(name) ?? "";
    if (!text || isValid(text)) return text;
    problems.push(`${words} "${text}"`);
    return "";
  };
  const day = take("day", isDay, "an unknown day,");
  const days = take("days", (text) => WINDOWS.includes(Number(text)), "an unknown window,");
  const also = (params.get("also") ?? "").split(",");
  change({
    ...UNFILTERED,
    group: params.get("group") ?? "",
    region: params.get("region") ?? "",
    country: take("country", (text) => text in COUNTRIES, "an unknown country,"),
    alert: take("alert", (text) => /^[\w-]{4,64}$/.test(text), "an unknown alert,"),
    known: params.get("known") === "then" ? "then" : "now",
    returns: also.includes("returns"),
    candidates: also.includes("candidates"),
    days: Number(days) || 30,
    day: day ? dayNumber(day) : today(),
    problems,
  });
}

// Returns the address of the view, or of the view with other values.
export function addressOf(values = {}) {
  const shown = { ...view, ...values }, params = new URLSearchParams();
  for (const name of ["group", "region", "country", "alert"]) if (shown[name]) params.set(name, shown[name]);
  const also = ["returns", "candidates"].filter((name) => shown[name]);
  if (also.length) params.set("also", also.join(","));
  if (shown.known === "then") params.set("known", "then");
  if (!atEnd || "day" in values) params.set("day", dayText(shown.day));
  if (shown.days !== 30) params.set("days", String(shown.days));
  return params.size ? `#${params}` : "";
}

function writeAddress() {
  const address = addressOf();
  if (location.hash !== address) history.replaceState(null, "", address || location.pathname);
}
