// The episodes of groups in countries, as known now and as known then, and the category of each country.

import { KINDS } from "/page/labels.js";
import { LoadError, readJson, request, requestJson } from "/page/loading.js";
import { stream } from "/page/alerts.js";
import { dayInWords, dayNumber, dayText } from "/page/text.js";
import { firstDay, followToday, onChange, view, windowName } from "/page/view.js";

export const CLASSES = ["new", "back", "returned", "active", "before"];
export const CATEGORY_WORDS = {
  ...Object.fromEntries(Object.values(KINDS).map(({ category, map_label: label }) => [category, label])),
  active: "active", before: "seen before", never: "never seen",
};
const THEN_CATEGORIES = { new: "new", back: "back", returned: "returned", active: "active", "seen before": "before" };
const MAX_MAP_STATES = 200;

// Episodes as known now. `isComplete`: at least one answer arrived.
export const presence = { status: "loading", problem: "", episodes: [], firstDay: Infinity, isComplete: false };
let tag = null;
let mapStates = new Map(); // window -> {status, problem, rows, differences}; the latest last
let drawnThen = null; // the rows as known then that were loaded last
let summed = null; // of the current view, until it or the data change
let listener = () => {};
export const onPresence = (called) => { listener = called; };
onChange(() => { summed = null; });

function changed() {
  summed = null;
  listener();
}

export async function loadPresence() {
  try {
    const response = await request("/api/v1/presence", tag ? { "If-None-Match": tag } : {});
    if (response.status !== 304) {
      const page = await readJson(response);
      tag = response.headers.get("ETag");
      presence.episodes = page.episodes.map(withDays);
      presence.firstDay = presence.episodes.reduce((least, { first }) => Math.min(least, first), Infinity);
      mapStates = new Map();
    }
    Object.assign(presence, { status: "ready", problem: "", isComplete: true });
    followToday();
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    Object.assign(presence, { status: "failed", problem: error.message });
  }
  changed();
  await loadThen(); // the episodes have changed, so what differs from them may have, too
}

export function retryPresence() {
  presence.status = "loading";
  changed();
  return loadPresence();
}

const withDays = (row) => ({ ...row, first: dayNumber(row.first_day), last: dayNumber(row.last_day) });

export const thenState = () => mapStates.get(windowName()) ?? { status: "loading", rows: [], differences: [] };

// Loads the window as it was known on its last day, unless it is loaded.
export async function loadThen() {
  const name = windowName();
  if (view.known !== "then" || mapStates.has(name)) return;
  const states = mapStates, state = { status: "loading", rows: [], differences: [] };
  states.set(name, state);
  changed();
  try {
    const answer = await requestJson(`/api/v1/map-state?as_of=${dayText(view.day)}&days=${view.days}`);
    state.rows = answer.then.filter((row) => THEN_CATEGORIES[row.category])
      .map((row) => withDays({ ...row, category: THEN_CATEGORIES[row.category] }));
    state.differences = answer.differences;
    state.status = "ready";
    drawnThen = state.rows;
    const old = states.keys().next().value;
    if (states.size > MAX_MAP_STATES && old !== name) states.delete(old);
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    Object.assign(state, { status: "failed", problem: error.message });
  }
  changed();
}

export function retryThen() {
  mapStates.delete(windowName());
  return loadThen();
}

// Returns the rows to draw. While the rows as known then are on their way, the previous picture stays, dimmed.
function rowsToDraw() {
  if (view.known === "now") return presence.episodes;
  const state = thenState();
  return state.status === "ready" ? state.rows : drawnThen ?? presence.episodes;
}

const isSelected = (row) => (!view.group || row.group === view.group) && (!view.region || row.region === view.region);
export const selectedDifferences = () =>
  thenState().differences.filter(({ now, then }) => isSelected(now ?? then) && isInCountry(now ?? then));
export const isInCountry = (row) => !view.country || row.country === view.country;

function categoryOf(row) {
  if (row.category) return row.category; // as known then
  return row.first >= firstDay() ? KINDS[row.kind].category : row.last >= firstDay() ? "active" : "before";
}

// A return is no news unless the reader asks for returns: its country is drawn as active.
const drawnAs = (category) => (category === "returned" && !view.returns ? "active" : category);

const isBegun = (row) => row.first <= view.day && isSelected(row);
const withWords = (row) => ({ ...row, words: CATEGORY_WORDS[categoryOf(row)], category: drawnAs(categoryOf(row)) });
const rank = (category) => CLASSES.indexOf(category);
const byNews = (a, b) => rank(a.category) - rank(b.category) || b.first - a.first;

// Returns the most newsworthy category of each country, and the news, which is sorted: the most newsworthy, the latest.
// The slider asks in every frame, so this is one pass over all rows.
function summary() {
  if (summed) return summed;
  const categories = new Map(), news = [];
  for (const row of rowsToDraw()) {
    if (!isBegun(row)) continue;
    const category = drawnAs(categoryOf(row)), known = categories.get(row.country);
    if (known === undefined || rank(category) < rank(known)) categories.set(row.country, category);
    if (isNews(category)) news.push(withWords(row));
  }
  summed = { categories, news: news.sort(byNews) };
  return summed;
}

const isNews = (category) => category === "new" || category === "back" || category === "returned";

export const countryCategories = () => summary().categories;
// Returns the news of the window, also outside the selected country.
export const newsRows = () => summary().news;

// Returns how many returns in the window the view leaves out.
export const hiddenReturns = () => (view.returns ? 0 : rowsToDraw().filter((row) =>
  row.first >= firstDay() && isBegun(row) && isInCountry(row) && categoryOf(row) === "returned").length);

// Returns the rows up to the last day of the window, of one country or of all: the news first, then the latest.
export const rowsIn = (country) =>
  rowsToDraw().filter((row) => (!country || row.country === country) && isBegun(row)).map(withWords).sort(byNews);
export const isOnRecord = (country) => rowsToDraw().some((row) => row.country === country && row.first <= view.day);

let days = []; // of the news within the filter
let daysOf = []; // the episodes and the filter that they belong to

// Returns the first days of news within the filter, as known now, for the strip of months. The window does not matter.
export function newsDays() {
  const of = [presence.episodes, view.group, view.region, view.country, view.returns];
  if (of.some((value, index) => value !== daysOf[index])) {
    daysOf = of;
    days = presence.episodes
      .filter((row) => isSelected(row) && isInCountry(row) && (view.returns || KINDS[row.kind].category !== "returned"))
      .map((row) => ({ day: row.first, category: KINDS[row.kind].category }));
  }
  return days;
}

// Returns why the rows cannot be trusted to be complete, or null. `what` begins the sentence.
export function presenceState(what) {
  if (presence.status === "loading") return { kind: "loading", words: `Loading ${what} …` };
  if (presence.status === "failed") {
    const kept = presence.isComplete ? " What you see was loaded earlier." : "";
    return { kind: "failed", words: `Cannot load ${what}: ${presence.problem}.${kept}`, actions: [["Retry", retryPresence]] };
  }
  if (stream.state === "catching-up") {
    const left = stream.behind ? ` (${stream.behind.toLocaleString("en")} records left)` : "";
    return { kind: "loading", words: `The server is still reading its records${left}: ${what} may be incomplete.` };
  }
  if (stream.state === "kafka-away" && !presence.episodes.length) {
    return { kind: "failed", words: `Cannot load ${what}: the server cannot reach Kafka and has no records.`, actions: [["Retry", retryPresence]] };
  }
  if (view.known === "now") return null;
  const then = thenState(), when = `as known on ${dayInWords(view.day)}`;
  if (then.status === "loading") return { kind: "loading", words: `Loading ${what} ${when} …` };
  if (then.status === "failed") {
    return { kind: "failed", words: `Cannot load ${what} ${when}: ${then.problem}.`, actions: [["Retry", retryThen]] };
  }
  return null;
}
