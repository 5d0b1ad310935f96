// Beside the map: what is new in the window, the selected country, and what differs from what was known then.

import { KINDS } from "/page/labels.js";
import { SHORT_ID, viewLink } from "/page/alert_card.js";
import { latestAlert, selectAlerts, unsure } from "/page/alerts.js";
import { focusInstead, showState } from "/page/loading.js";
import { hiddenReturns, isInCountry, newsRows, presenceState, rowsIn, selectedDifferences, thenState } from "/page/presence.js";
import { sortable } from "/page/sorting.js";
import { button, byId, counted, countryName, dayInWords, daysInWords, element, hiddenInWords, inCountry, isolated, plain, shortSomeDay, withDaysInWords } from "/page/text.js";
import { change, filterBy, isFiltered, mapFilter, onlyFilter, view } from "/page/view.js";

const NEWS_WORDS = Object.fromEntries(Object.values(KINDS).map(({ category, headline }) => [category, headline.toLowerCase()]).reverse());
let sorted = (rows) => rows;
const MAX_ROWS = 100, MAX_EPISODES = 60, MAX_DIFFERENCES = 50;

// Replaces the content of a place only when its rows differ, so that what is read or focused stays.
export function fill(place, rows, draw) {
  const name = JSON.stringify(rows);
  if (place.shows === name) return;
  place.shows = name;
  place.replaceChildren(...rows.map(draw));
}

// The chosen country gets the focus: the button may be gone from the filtered table.
export function choose(country) {
  filterBy("country", country);
  showPanels();
  focusInstead(byId("country"));
}

// Selects a group. Its panel gets the focus: the table is drawn again.
export function chooseGroup(group) {
  filterBy("group", group);
  byId("group-panel").hidden = false;
  focusInstead(byId("group-panel"));
}

export function showPanels() {
  showTable();
  showCountry();
  showDifferences();
}

export function startPanels() {
  sorted = sortable(byId("new-head"), {
    group: ({ group }) => group, country: ({ country }) => countryName(country), since: ({ first_day: first }) => first,
    what: ({ category }) => NEWS_WORDS[category],
  }, showTable);
}

function showTable() {
  const news = newsRows().filter(isInCountry), ordered = sorted(news), rows = ordered === news ? withFactions(news) : ordered;
  const shown = rows.slice(0, MAX_ROWS), hidden = hiddenReturns(), ids = alertIds();
  const state = presenceState("the list of what is new") ?? (rows.length ? null : tableState(hidden));
  fill(byId("new-rows"), shown.map((row) => ({ ...row, alert: ids.get(nameOf(row, row.group)) })), (row) => element("tr", { class: `${row.category}${row.isBelow ? " below" : ""}` },
    element("td", {}, button(plain(row.group), () => chooseGroup(row.group), { title: plain(row.group) }),
      row.by_affiliation.length ? element("small", {}, row.isBelow ? "by affiliation" : `by affiliation of ${plain(row.by_affiliation.join(", "))}`) : null),
    element("td", {}, button(countryName(row.country), () => choose(row.country))),
    element("td", {}, shortSomeDay(row.first_day, row.begins_by)),
    element("td", {}, row.alert
      ? viewLink(`/alert/${row.alert}`, NEWS_WORDS[row.category], { alert: row.alert }, { title: `Open alert ${row.alert}` }) : NEWS_WORDS[row.category])));
  byId("new-table").hidden = !rows.length;
  byId("new-count").hidden = !rows.length || state !== null;
  const kin = rows.filter((row) => row.by_affiliation.length).length;
  byId("new-count").textContent = `${counted(rows.length, "new episode")}${kin ? ` (${kin} by affiliation)` : ""} ${windowWords()}`
    + `${hidden ? `; ${counted(hidden, "return")} on record hidden` : ""}${rows.length > shown.length ? `; the first ${MAX_ROWS} are shown` : ""}`;
  showState(byId("new-state"), byId("new-table"), state);
}

const nameOf = ({ country, first_day: first }, group) => [group, country, first].join("|");

// Puts a group right below its faction, by which it is on record there.
function withFactions(rows) {
  const factions = new Map(rows.filter((row) => !row.by_affiliation.length).map((row) => [nameOf(row, row.group), row]));
  const below = new Map(), moved = new Set();
  for (const row of rows) {
    const faction = row.by_affiliation.map((group) => factions.get(nameOf(row, group))).find(Boolean);
    if (!faction) continue;
    below.set(faction, [...(below.get(faction) ?? []), { ...row, isBelow: true }]);
    moved.add(row);
  }
  return rows.filter((row) => !moved.has(row)).flatMap((row) => [row, ...(below.get(row) ?? [])]);
}

// Returns the short ids of the alerts in the list, by the episodes that raised them.
const alertIds = () => new Map(selectAlerts().shown.filter(({ latest }) => !latest.area && latest.kind !== "spread")
  .map(({ latest }) => [nameOf(latest, latest.group), latest.alert_id.slice(0, SHORT_ID)]));

const windowWords = () => `in the ${view.days} days up to ${dayInWords(view.day)}`;

function tableState(hidden) {
  if (!hidden) return { kind: isFiltered() ? "filtered" : "empty", words: `Nothing new ${windowWords()}${unsure()}.` };
  return { kind: "filtered", words: `Nothing new ${windowWords()}, except ${hiddenInWords(counted(hidden, "return"), hidden)}.`, actions: [["Show", () => change({ returns: true })]] };
}

function showCountry() {
  const panel = byId("country");
  panel.hidden = !view.country;
  if (!view.country) return;
  const name = countryName(view.country), rows = rowsIn(view.country).slice(0, MAX_EPISODES);
  byId("country-name").textContent = view.known === "then" ? `${name}, as known on ${dayInWords(view.day)}` : name;
  fill(byId("country-episodes"), rows, (row) =>
    element("li", {}, isolated(row.group), `: ${daysInWords(row)}, ${row.words}`));
  showState(byId("country-state"), byId("country-episodes"), presenceState(name) ?? (rows.length ? alertState(name) : nobodyState(name)));
}

function nobodyState(name) {
  const until = `up to ${dayInWords(view.day)}`, where = inCountry(name);
  if (!mapFilter()) return { kind: "empty", words: `No group is on record in ${where} ${until}.` };
  return { kind: "filtered", words: `The filter selects nothing on record in ${where} ${until}.`, actions: [["Show all groups", () => change({ filter: onlyFilter("country", view.country) })]] };
}

// A country that is on record without an alert says why.
function alertState(name) {
  if (view.known === "then") return null;
  const latest = latestAlert();
  if (latest.status !== "ready" || latest.alert) return null;
  return { kind: "empty", words: `No alert was raised for ${inCountry(name)}: its sightings arrived too long after they occurred, or came from an archive.` };
}

function showDifferences() {
  const isShown = view.known === "then" && thenState().status === "ready";
  byId("differences").hidden = !isShown;
  if (!isShown) return;
  const differences = selectedDifferences(), shown = differences.slice(0, MAX_DIFFERENCES);
  const rest = differences.length > shown.length ? `; the first ${MAX_DIFFERENCES} are shown` : "";
  byId("known-words").textContent = differences.length
    ? `${counted(differences.length, "difference")} from what is known now${rest}`
    : "What is known now is the same.";
  fill(byId("difference-rows"), shown, ({ group, country, what, because }) => element("li", {},
    isolated(group), ` in ${inCountry(countryName(country))}: ${withDaysInWords(plain(what))}`,
    because.length ? element("ul", {}, ...because.map((reason) => element("li", {}, `because ${withDaysInWords(plain(reason))}`))) : null));
}
