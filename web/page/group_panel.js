// The group of the filter: its names, and its way through the world, a row for each country with its episodes as bars.

import { namesOf } from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { KINDS } from "/page/labels.js";
import { showState } from "/page/loading.js";
import { choose, fill } from "/page/panels.js";
import { presenceState, rowsIn } from "/page/presence.js";
import { sortable } from "/page/sorting.js";
import { button, byId, counted, countryName, dayInWords, dayNumber, dayText, element, joined, plain, shortDay, shortSomeDay } from "/page/text.js";
import { addressOf, onlyFilter, view } from "/page/view.js";

const BAR = 12, LEAST_WIDTH = 4;
let sorted = (ways) => ways;

export function startGroupPanel() {
  byId("group-copy").addEventListener("click", ({ target }) =>
    copy(new URL(addressOf({ filter: onlyFilter("group", view.group) }), location).href, target));
  sorted = sortable(byId("group-head"), {
    country: ({ country }) => countryName(country), since: ({ since }) => since, last: ({ last }) => last, episodes: ({ episodes }) => episodes.length,
  }, showGroup);
}

export function showGroup() {
  byId("group-panel").hidden = !view.group;
  if (!view.group) return;
  const ways = waysOf(rowsIn("")), until = `up to ${dayInWords(view.day)}`;
  const name = ways[0]?.group ?? view.group, names = namesOf(name).map(plain);
  byId("group-name").textContent = plain(name);
  byId("group-words").textContent = names.length ? `Also known as ${joined(names)}.` : "";
  byId("group-count").textContent = ways.length ? `On record in ${counted(ways.length, "country", "countries")} ${until}` : "";
  for (const id of ["group-table", "group-legend"]) byId(id).hidden = !ways.length;
  if (ways.length) showWays(ways);
  const state = presenceState(plain(name)) ?? (ways.length ? null : { kind: "filtered", words: `Not on record ${until}.` });
  showState(byId("group-state"), byId("group-table"), state);
}

function showWays(ways) {
  const min = Math.min(...ways.map(({ since }) => dayNumber(since))), max = view.day;
  const position = (day) => 1000 * (day - min) / Math.max(1, max - min);
  byId("group-years").replaceChildren(...years(min, max, position));
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
    way.episodes.push({ category: row.kind ? KINDS[row.kind].category : row.category, first: row.first, last: row.last });
    ways.set(country, way);
  }
  return [...ways.values()].sort((a, b) => a.since.localeCompare(b.since));
}

function bars(episodes, position) {
  const drawn = element("svg", { viewBox: `0 0 1000 ${BAR}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const { category, first, last } of episodes) {
    const x = position(first), width = Math.max(LEAST_WIDTH, position(Math.min(last, view.day)) - x);
    drawn.append(element("rect", { class: category, x: Math.min(x, 1000 - width).toFixed(1), width: width.toFixed(1), height: BAR }));
  }
  return drawn;
}

function years(min, max, position) {
  const first = Number(dayText(min).slice(0, 4)) + 1, last = Number(dayText(max).slice(0, 4)), step = Math.max(1, Math.ceil((last - first) / 8));
  const labels = [];
  for (let year = first; year <= last; year += step) {
    const label = element("span", {}, String(year));
    label.style.insetInlineStart = `${position(dayNumber(`${year}-01-01`)) / 10}%`;
    labels.push(label);
  }
  return labels;
}
