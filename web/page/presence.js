// The episodes of groups in countries, as known now and as known then, and the category of each country.

import { KINDS } from "/page/labels.js";
import { LoadError, readJson, request, requestJson } from "/page/loading.js";
import { stream } from "/page/alerts.js";
import { dayInWords, dayNumber, dayText } from "/page/text.js";
import { firstDay, followToday, mapFilter, onChange, showsReturns, view, windowName } from "/page/view.js";

export const CLASSES = ["new", "back", "returned", "active", "before"];
export const CATEGORY_WORDS = {
  ...Object.fromEntries(Object.values(KINDS).map(({ category, map_label: label }) => [category, label])),
  active: "active", before: "seen before", never: "never seen",
};
const THEN_CATEGORIES = { new: "new", back: "back", returned: "returned", active: "active", "seen before": "before" };
const MAX_ANSWERS = 50;

// Episodes as known now that the filter selects in any country. `isComplete`: at least one answer arrived.
// `warnings`: of the server about the filter.
export const presence = { status: "loading", problem: "", episodes: [], warnings: [], firstDay: Infinity, isComplete: false };
let answers = new Map(); // filter -> {tag, episodes}; the latest last
let loadedFilter = null; // that of the episodes
let requested = null; // the last requested filter
let mapStates = new Map(); // window and filter -> {status, problem, rows, differences}; the latest last
let drawnThen = null; // the rows as known then that were loaded last
let summed = null; // of the current view, until it or the data change
let listener = () => {};
export const onPresence = (called) => { listener = called; };
onChange(() => {
  summed = null;
  const filter = mapFilter();
  if (filter === loadedFilter) return;
  if (answers.has(filter)) show(filter);
  else presence.status = "loading";
});

function changed() {
  summed = null;
  listener();
}

// Keeps the answers that were used last.
function keep(answers, name, answer) {
  answers.delete(name);
  answers.set(name, answer);
  if (answers.size > MAX_ANSWERS) answers.delete(answers.keys().next().value);
}

export async function loadPresence() {
  const filter = mapFilter(), known = answers.get(filter);
  requested = filter;
  try {
    const address = filter ? `/api/v1/presence?filter=${encodeURIComponent(filter)}` : "/api/v1/presence";
    const response = await request(address, known ? { "If-None-Match": known.tag } : {});
    if (response.status !== 304) {
      const { episodes, warnings } = await readJson(response);
      keep(answers, filter, { tag: response.headers.get("ETag"), episodes: episodes.map(withDays), warnings });
      if (known) mapStates = new Map(); // the differences may have changed, too
    }
    if (filter !== mapFilter()) return;
    show(filter);
    followToday();
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    if (filter !== mapFilter()) return;
    Object.assign(presence, { status: "failed", problem: error.message });
  }
  changed();
  await loadThen();
}

function show(filter) {
  loadedFilter = filter;
  const { episodes, warnings } = answers.get(filter);
  const earliest = episodes.reduce((least, { first }) => Math.min(least, first), presence.firstDay);
  Object.assign(presence, { status: "ready", problem: "", episodes, warnings, firstDay: earliest, isComplete: true });
}

// Loads the episodes of the view's filter, unless they were asked for.
export function loadFiltered() {
  if (mapFilter() !== requested) loadPresence();
}

export function retryPresence() {
  presence.status = "loading";
  changed();
  return loadPresence();
}

// `there`: of a filter that names places within a country, the days of the reports there.
const withDays = (row) => ({
  ...row, first: dayNumber(row.first_day), last: dayNumber(row.last_day), there: row.days_there?.map((days) => days.map(dayNumber)) ?? null,
});

const thenName = () => `${windowName()} ${mapFilter()}`;
export const thenState = () => mapStates.get(thenName()) ?? { status: "loading", rows: [], differences: [] };

// Loads the window as it was known on its last day, unless it is loaded.
export async function loadThen() {
  const name = thenName();
  if (view.known !== "then" || mapStates.has(name)) return;
  const states = mapStates, state = { status: "loading", rows: [], differences: [] };
  keep(states, name, state);
  changed();
  try {
    const params = new URLSearchParams({ as_of: dayText(view.day), days: view.days, filter: mapFilter() });
    const answer = await requestJson(`/api/v1/map-state?${params}`);
    state.rows = answer.then.filter((row) => THEN_CATEGORIES[row.category])
      .map((row) => withDays({ ...row, category: THEN_CATEGORIES[row.category] }));
    state.differences = answer.differences;
    state.status = "ready";
    drawnThen = state.rows;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    Object.assign(state, { status: "failed", problem: error.message });
  }
  changed();
}

export function retryThen() {
  mapStates.delete(thenName());
  return loadThen();
}

// Returns the rows to draw. While the rows as known then are on their way, the previous rows stay, dimmed.
function rowsToDraw() {
  if (view.known === "now") return presence.episodes;
  const state = thenState();
  return state.status === "ready" ? state.rows : drawnThen ?? presence.episodes;
}

export const selectedDifferences = () => thenState().differences.filter(({ now, then }) => isInCountry(now ?? then));
export const isInCountry = (row) => !view.country || row.country === view.country;

function categoryOf(row) {
  if (row.category) return row.category; // as known then
  if (row.first >= firstDay() && row.begins_there !== false) return KINDS[row.kind].category;
  return lastSeen(row) >= firstDay() ? "active" : "before";
}

const lastSeen = ({ last, there }) => (there ? there.findLast(([first]) => first <= view.day)[1] : last);

// A return is not news unless the reader asks for returns: its country is drawn as active.
const drawnAs = (category) => (category === "returned" && !showsReturns() ? "active" : category);

const isBegun = ({ first, there }) => (there ? there[0][0] : first) <= view.day;
const withWords = (row) => ({
  ...row, words: CATEGORY_WORDS[categoryOf(row)], category: drawnAs(categoryOf(row)), lastSeen: dayText(lastSeen(row)),
});
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
export const hiddenReturns = () => (showsReturns() ? 0 : rowsToDraw().filter((row) =>
  row.first >= firstDay() && isBegun(row) && isInCountry(row) && categoryOf(row) === "returned").length);

// Returns the rows up to the last day of the window, of one country or of all: the news first, then the latest.
export const rowsIn = (country) =>
  rowsToDraw().filter((row) => (!country || row.country === country) && isBegun(row)).map(withWords).sort(byNews);
export const isOnRecord = (country) => rowsToDraw().some((row) => row.country === country && isBegun(row));

let days = []; // of the news within the filter
let daysOf = []; // the episodes and the filter that they belong to

// Returns the first days of news within the filter, as known now, for the strip of months. The window does not matter.
export function newsDays() {
  const of = [presence.episodes, view.country, showsReturns()];
  if (of.some((value, index) => value !== daysOf[index])) {
    daysOf = of;
    days = presence.episodes
      .filter((row) => isInCountry(row) && row.begins_there !== false && (showsReturns() || KINDS[row.kind].category !== "returned"))
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
