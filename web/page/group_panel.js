// The group of the filter: its names, and a row for each country with its episodes as bars.

import { copy } from "/page/clipboard.js";
import { KINDS } from "/page/labels.js";
import { LoadError, requestJson, showState } from "/page/loading.js";
import { choose, chooseGroup, fill } from "/page/panels.js";
import { presenceState, rowsIn } from "/page/presence.js";
import { sortable } from "/page/sorting.js";
import { button, byId, counted, countryName, dayInWords, dayNumber, daysInWords, dayText, element, isolated, plain, shortDay, shortSomeDay } from "/page/text.js";
import { addressOf, onlyFilter, view } from "/page/view.js";
import { drawYears } from "/page/years.js";

const BAR = 12, LEAST_WIDTH = 4, MAX_SPOKEN = 12;
const known = new Map(); // name and day -> {status, group}
let sorted = (ways) => ways;
let drawn = null; // the group whose names are shown
let opened = null; // the group of the last view, null before the first

export function startGroupPanel() {
  byId("group-copy").addEventListener("click", ({ target }) =>
    copy(new URL(addressOf({ filter: onlyFilter("group", view.group) }), location).href, target));
  sorted = sortable(byId("group-head"), {
    country: ({ country }) => countryName(country), since: ({ since }) => since, last: ({ last }) => last, episodes: ({ episodes }) => episodes.length,
  }, showGroup);
}

const detailsName = () => `${view.group} ${view.known === "then" ? dayText(view.day) : ""}`;

// Loads the names and affiliations of the group of the filter, unless they are loaded.
export async function loadGroup() {
  const name = detailsName();
  if (!view.group || (known.has(name) && known.get(name).status !== "failed")) return;
  const state = { status: "loading", problem: "", group: null };
  known.set(name, state);
  showGroup();
  try {
    const day = view.known === "then" ? `?known_by=${dayText(view.day)}` : "";
    Object.assign(state, { status: "ready", group: await requestJson(`/api/v1/groups/${encodeURIComponent(view.group)}${day}`) });
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    Object.assign(state, { status: error.status === 404 ? "unknown" : "failed", problem: error.message });
  }
  showGroup();
}

// The known names and affiliations of groups may have changed.
export const forgetGroups = () => known.clear();

export function showGroup() {
  byId("group-panel").hidden = !view.group;
  const isOther = opened !== null && opened !== view.group;
  opened = view.group;
  if (!view.group) return;
  if (isOther) byId("group-panel").scrollIntoView({ block: "nearest" }); // the reader chose it below
  const ways = waysOf(rowsIn("")), until = `up to ${dayInWords(view.day)}`;
  const { status = "loading", problem, group } = known.get(detailsName()) ?? {}, name = group?.group ?? ways[0]?.group ?? view.group;
  byId("group-name").textContent = plain(name);
  byId("group-feed").href = `/api/v1/alerts.atom?filter=${encodeURIComponent(onlyFilter("group", view.group))}`;
  byId("group-facts").hidden = !group;
  if (group && group !== drawn) drawFacts(group);
  showState(byId("group-names-state"), null, status === "failed"
    ? { kind: "failed", words: `Cannot load the names of ${plain(name)}: ${problem}.`, actions: [["Retry", loadGroup]] } : null);
  byId("group-count").textContent = ways.length ? `On record in ${counted(ways.length, "country", "countries")} ${until}` : "";
  for (const id of ["group-table", "group-legend"]) byId(id).hidden = !ways.length;
  if (ways.length) showWays(ways);
  const state = presenceState(plain(name)) ?? (ways.length ? null : { kind: "filtered", words: `Not on record ${until}.` });
  showState(byId("group-state"), byId("group-table"), state);
}

function drawFacts(group) {
  drawn = group;
  const facts = [
    ["Also known as", group.aliases.map(({ name }) => isolated(name))],
    ["Part of", group.affiliations.map(affiliation)],
    ["Factions", group.members.map(affiliation)],
  ].filter(([, values]) => values.length);
  const sources = [...group.aliases.map(({ name, source }) => [name, source]), ...[...group.affiliations, ...group.members].map((other) => [other.group, other.source])];
  byId("group-facts").replaceChildren(...facts.map(([name, values]) => element("div", {},
    element("dt", {}, name), element("dd", {}, ...values.flatMap((value, place) => (place ? [", ", value] : [value]))))));
  byId("group-sources").hidden = !sources.length;
  byId("group-source-rows").replaceChildren(...sources.map(([name, source]) =>
    element("li", {}, isolated(name), ": ", source ? isolated(source) : "no source given")));
}

function affiliation({ group, since, until }) {
  const days = [since && `since ${shortDay(since)}`, until && `until ${shortDay(until)}`].filter(Boolean).join(" ");
  return element("span", {}, button(plain(group), () => chooseGroup(group), { class: "plain" }), days ? ` ${days}` : "");
}

function showWays(ways) {
  const min = Math.min(...ways.map(({ since }) => dayNumber(since))), max = view.day;
  const position = (day) => 1000 * (day - min) / Math.max(1, max - min);
  drawYears(byId("group-years"), min, max, position);
  fill(byId("group-countries"), sorted(ways).map((way) => ({ ...way, min, max })), (way) => element("tr", {},
    element("th", { scope: "row" }, button(countryName(way.country), () => choose(way.country))),
    element("td", {}, shortSomeDay(way.since, way.sinceBy)), element("td", {}, shortDay(way.last)),
    element("td", {}, String(way.episodes.length)), element("td", {}, bars(way.episodes, position))));
}

// A row as known then is the last episode and says since when the group is on record; as known now each episode is a row.
function waysOf(rows) {
  const ways = new Map();
  for (const row of rows) {
    const { group, country, first_day: first, begins_by: beginsBy, since = first, since_by: sinceBy = beginsBy, last_day: last } = row;
    const way = ways.get(country) ?? { group, country, since, sinceBy, last, episodes: [] };
    if (since < way.since) Object.assign(way, { since, sinceBy });
    if (last > way.last) way.last = last;
    way.episodes.push({ category: row.kind ? KINDS[row.kind].category : row.category, first: row.first, last: row.last, words: daysInWords(row) });
    ways.set(country, way);
  }
  return [...ways.values()].sort((a, b) => b.since.localeCompare(a.since) || b.last.localeCompare(a.last));
}

function bars(episodes, position) {
  const shown = [...episodes].sort((a, b) => a.first - b.first), words = shown.slice(-MAX_SPOKEN).map((episode) => episode.words);
  const more = shown.length > words.length ? `; ${shown.length - words.length} before` : "";
  const drawn = element("svg", { viewBox: `0 0 1000 ${BAR}`, preserveAspectRatio: "none", role: "img", "aria-label": `${words.join("; ")}${more}` });
  for (const { category, first, last, words: days } of shown) {
    const x = position(first), width = Math.max(LEAST_WIDTH, position(Math.min(last, view.day)) - x);
    const bar = element("rect", { class: category, x: Math.min(x, 1000 - width).toFixed(1), width: width.toFixed(1), height: BAR });
    bar.append(element("title", {}, days));
    drawn.append(bar);
  }
  return drawn;
}
