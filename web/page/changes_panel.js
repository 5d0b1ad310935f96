// What changed since a time, for a briefing: the alerts that are new, corrected or taken back. The address says since when.

import { viewLink } from "/page/alert_card.js";
import { isReturn, stream, unsure } from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { withKinds } from "/page/filter.js";
import { LoadError, requestJson, showState } from "/page/loading.js";
import { button, byId, counted, dayInWords, dayNumber, daysInWords, dayText, element, hiddenInWords, instantInWords, isolated, plain, shortInstant, today, withDaysInWords } from "/page/text.js";
import { addressOf, change, clearFilter, isFiltered, showsReturns, view } from "/page/view.js";
import { lastVisit, startVisit } from "/page/visits.js";

const LIMIT = 200;
const SECTIONS = ["new", "corrected", "taken_back"];
const HOURS = { h: 1, d: 24, w: 168 };

let shown = { name: "", status: "none", problem: "", page: null, isOld: false };
let drawn = null; // the rows in the sections

export function startChanges() {
  startVisit();
  byId("what-changed").addEventListener("click", () => {
    change({ since: view.since ? "" : lastVisit() || yesterday() });
    showChanges();
    if (view.since) byId("changes-panel").focus();
  });
  byId("since-visit").addEventListener("click", () => change({ since: lastVisit() }));
  byId("since-yesterday").addEventListener("click", () => change({ since: yesterday() }));
  byId("since-week").addEventListener("click", () => change({ since: dayText(end() - 7) }));
  byId("since-month").addEventListener("click", () => change({ since: dayText(end() - 30) }));
  byId("since-day").addEventListener("change", ({ target }) => { if (target.value) change({ since: target.value }); });
  byId("changes-copy").addEventListener("click", ({ target }) => copy(new URL(addressOf({ since: since() }), location).href, target));
  byId("changes-close").addEventListener("click", () => {
    change({ since: "" });
    showChanges();
    byId("what-changed").focus();
  });
}

const isThen = () => view.known === "then";
const end = () => (isThen() ? view.day : today());
const yesterday = () => dayText(end() - 1);

// Returns since when, as an ISO day or instant. An address may count back from now, or from the end of the day as known then.
function since() {
  const [, number, unit] = view.since.match(/^(\d+)([hdw])$/) ?? [];
  if (!unit) return view.since;
  const until = isThen() ? (view.day + 1) * 24 * 3_600_000 : Date.now();
  return `${new Date(until - number * HOURS[unit] * 3_600_000).toISOString().slice(0, 16)}Z`;
}

// Whether the time lies after what is shown.
const isLater = () => Date.parse(since()) > (isThen() ? Date.parse(dayText(view.day + 1)) : Date.now());

function parameters() {
  const params = new URLSearchParams({ since: since().includes("T") ? since() : `${since()}T00:00Z`, limit: LIMIT });
  if (isThen()) params.set("until", `${dayText(view.day + 1)}T00:00Z`);
  params.set("filter", withKinds(view.filter, "kind:all"));
  return params;
}

const currentName = () => JSON.stringify([view.since, view.filter, isThen() && view.day]);

// Loads the changes of the view, unless they are loaded.
export async function loadChanges() {
  if (!view.since || isLater()) return;
  const name = currentName();
  if (shown.name === name && shown.status !== "failed" && !shown.isOld) return;
  const state = shown.name === name ? shown : { name, page: null };
  Object.assign(state, { status: state.page ? "ready" : "loading", problem: "", isOld: false });
  shown = state;
  showChanges();
  try {
    const page = await requestJson(`/api/v1/changes?${parameters()}`);
    Object.assign(state, { status: "ready", page });
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    Object.assign(state, { status: "failed", problem: error.message });
  }
  showChanges();
}

export const forgetChanges = () => { shown.isOld = true; };
export const changesFailed = () => Boolean(view.since) && !isLater() && shown.status === "failed";

export function showChanges() {
  byId("changes-panel").hidden = !view.since;
  byId("what-changed").setAttribute("aria-expanded", String(Boolean(view.since)));
  if (!view.since) return;
  const page = shown.name === currentName() ? shown.page : null;
  const rows = page?.changed ?? [], visible = rows.filter((row) => showsReturns() || !isReturn({ latest: row, announced: row.announced }));
  byId("changes-heading").textContent = `What changed ${sinceWords()}`;
  byId("since-visit").hidden = !lastVisit();
  byId("since-visit").textContent = `my last visit, ${lastVisit() && shortInstant(lastVisit())}`;
  if (document.activeElement !== byId("since-day")) byId("since-day").value = since().slice(0, 10);
  if (drawn !== JSON.stringify(visible)) draw(visible);
  drawn = JSON.stringify(visible);
  showRest(page);
  const hidden = rows.length - visible.length, places = [byId("changes-state"), byId("changes")];
  showState(...places, panelState(page, visible.length, hidden));
}

const sinceWords = () => {
  const from = since(), words = from.includes("T") ? instantInWords(from) : `${dayInWords(dayNumber(from))} (UTC)`;
  return `since ${words}${isThen() ? `, as known on ${dayInWords(view.day)}` : ""}`;
};

function draw(rows) {
  for (const what of SECTIONS) {
    const found = rows.filter((row) => row.what === what).reverse();
    byId(`changes-${what}`).hidden = !found.length;
    byId(`count-changes-${what}`).textContent = found.length;
    byId(`rows-${what}`).replaceChildren(...found.map(item));
  }
}

const item = (row) => element("li", {},
  viewLink(`/alert/${row.short_id}`, isolated(row.headline), { alert: row.short_id }),
  element("p", { class: "changed" }, row.because === null
    ? `${daysInWords(row)}; reported ${shortInstant(row.arrived)}`
    : `${shortInstant(row.arrived)}, because ${withDaysInWords(plain(row.because))}`));

// Everything except alerts is counted without the filter.
function showRest(page) {
  byId("changes-rest").hidden = !page || isFiltered();
  if (!page) return;
  byId("changes-sightings").textContent = `Sightings: ${["reported", "corrected", "withdrawn"].map((name) => `${page[name].toLocaleString("en")} ${name === "reported" ? "new" : name}`).join(", ")}.`;
  byId("changes-groups").replaceChildren(...page.groups.flatMap(({ details }) => details.map((detail) => element("li", {}, isolated(withDaysInWords(detail))))));
}

function hiddenReturns(count, hidden) {
  const returns = counted(hidden, "alert of a return", "alerts of returns");
  return count ? `${returns} hidden.` : `No alert changed, except ${hiddenInWords(returns, hidden)}.`;
}

function panelState(page, count, hidden) {
  if (isLater()) return { kind: "empty", words: `That is later than ${isThen() ? `the end of ${dayInWords(view.day)}` : "now"}: choose an earlier day.` };
  if (shown.status === "failed") return { kind: "failed", words: `Cannot load what changed: ${shown.problem}.`, actions: [["Retry", loadChanges]] };
  if (!page) return { kind: "loading", words: "Loading what changed …" };
  if (stream.state === "catching-up") return { kind: "loading", words: "The server is still reading its records: changes may be missing." };
  if (page.next) {
    return { kind: "filtered", words: `There are more: these are the changes before ${instantInWords(page.until)}.`, actions: [["Later changes", () => change({ since: page.until })]] };
  }
  const clear = isFiltered() ? [["Clear the filter", clearFilter]] : [];
  const show = hidden ? [["Show", () => change({ returns: true })]] : [];
  if (hidden) return { kind: "filtered", words: hiddenReturns(count, hidden), actions: [...show, ...(count ? [] : clear)] };
  if (count) return null;
  if (isFiltered()) return { kind: "filtered", words: `No alert that the filter selects changed ${sinceWords()}${unsure()}.`, actions: clear };
  const last = stream.lastAlert;
  return {
    kind: "empty", words: `No alert changed ${sinceWords()}${unsure()}.${last ? ` The last alert was raised on ${shortInstant(last)}.` : ""}`,
    actions: last && !isThen() ? [["Show what changed since then", () => change({ since: last.slice(0, 10) })]] : [],
  };
}
