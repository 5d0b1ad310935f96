// The map: the countries where groups were first seen in a window of days, and earlier. Everything is inserted as text.

import { KINDS } from "/page/labels.js";

const A1 = 1.340264, A2 = -0.081106, A3 = 0.000893, A4 = 0.003796, ROOT = Math.sqrt(3) / 2;
const WIDTH = 1200, EQUATOR = 298, SCALE = 219, SMALL = 26;
const DAY = 86_400_000;
const CLASSES = ["new", "back", "returned", "active", "before"];
const CATEGORY_WORDS = {
  ...Object.fromEntries(Object.values(KINDS).map(({ category, map_label: label }) => [category, label])),
  active: "active since before", before: "seen before", never: "never seen",
};
const THEN_CATEGORIES = { new: "new", back: "back", returned: "returned", active: "active", "seen before": "before" };
const MAX_MAP_STATES = 200, MAX_POINTS = 2000, SETTLE_MS = 150;
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);
const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);
// A report may give a month or a year only, so the day is uncertain.
const someDay = (first, last) => (!last || first === last ? first : `some day from ${first} to ${last}`);
const dayText = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const longDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const inWords = (number) => longDay.format(new Date(number * DAY));
const today = () => Math.floor(Date.now() / DAY);

let episodes = [];
let names = new Map(); // code -> name
let shapes = new Map(); // code -> {path, mark}
let frame = null; // the animation frame of a running playback
let tag = null;
let mapStates = new Map(); // "day days" -> rows as known then, and differences; the latest last
let requests = 0;
const view = { group: "", region: "", day: today(), days: 30, country: "", known: "now" };
let atEnd = true; // the slider is at its end and moves on with each new day

// Equal Earth (Savric, Patterson and Jenny, 2018).
function project(longitude, latitude) {
  const p = Math.asin(ROOT * Math.sin(latitude * Math.PI / 180)), p2 = p * p, p6 = p2 * p2 * p2;
  const x = (longitude * Math.PI / 180) * Math.cos(p) / (ROOT * (A1 + 3 * A2 * p2 + p6 * (7 * A3 + 9 * A4 * p2)));
  return [WIDTH / 2 + SCALE * x, EQUATOR - SCALE * p * (A1 + A2 * p2 + p6 * (A3 + A4 * p2))];
}

function node(name, attributes = {}, ...children) {
  const made = name === "bdi" || !["path", "circle", "g", "title"].includes(name)
    ? document.createElement(name) : document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function drawShapes(outlines) {
  const land = byId("land");
  for (const [code, polygons] of Object.entries(outlines)) {
    if (code === "AQ") continue;
    let path = "", box = [Infinity, Infinity, -Infinity, -Infinity];
    polygons.forEach((polygon, number) => polygon.forEach((flat) => {
      const points = [];
      for (let i = 0; i < flat.length; i += 2) {
        const [x, y] = project(flat[i] / 100, flat[i + 1] / 100);
        points.push(`${x.toFixed(1)},${y.toFixed(1)}`);
        if (number === 0) box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
      }
      if (points.length > 2) path += `M${points.join("L")}Z`;
    }));
    const known = !code.includes(":");
    const group = node("g", { class: known ? "country never" : "no-country" });
    if (path) group.append(node("path", { d: path }));
    // A country too small to see or click gets a circle.
    if (known && (box[2] - box[0]) * (box[3] - box[1]) < SMALL) {
      group.append(node("circle", { cx: ((box[0] + box[2]) / 2).toFixed(1), cy: ((box[1] + box[3]) / 2).toFixed(1), r: 3.2 }));
    }
    const title = node("title");
    group.append(title);
    land.append(group);
    if (!known) continue;
    shapes.set(code, { group, title, middle: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] });
    group.addEventListener("click", () => select(view.country === code ? "" : code));
  }
}

const isSelected = (row) => (!view.group || row.group === view.group) && (!view.region || row.region === view.region);

function classify() {
  const first = view.day - view.days + 1, categories = new Map(), rows = [];
  for (const row of view.known === "then" ? knownThen() : episodes) {
    if (!isSelected(row) || row.first > view.day) continue;
    const category = row.category ?? (row.first >= first ? KINDS[row.kind].category : row.last >= first ? "active" : "before");
    const known = categories.get(row.country);
    if (!known || CLASSES.indexOf(category) < CLASSES.indexOf(known)) categories.set(row.country, category);
    if (row.first >= first) rows.push({ ...row, category });
  }
  rows.sort((a, b) => CLASSES.indexOf(a.category) - CLASSES.indexOf(b.category) || b.first - a.first);
  return { categories, rows };
}

// Returns the rows of the window as known then; until they are loaded, the previous rows.
function knownThen() {
  return (mapStates.get(windowName()) ?? [...mapStates.values()].at(-1))?.rows ?? [];
}

const windowName = () => `${dayText(view.day)} ${view.days}`;

async function loadThen() {
  const name = windowName();
  if (view.known !== "then" || mapStates.has(name)) return;
  const request = ++requests;
  byId("known-words").textContent = "Loading what was known then …";
  const response = await fetch(`/api/v1/map-state?as_of=${dayText(view.day)}&days=${view.days}`).catch(() => null);
  if (!response?.ok) {
    if (request === requests) byId("known-words").textContent = "What was known then cannot be loaded at the moment.";
    return;
  }
  const state = await response.json();
  const rows = state.then.filter((row) => THEN_CATEGORIES[row.category]).map((row) => (
    { ...row, category: THEN_CATEGORIES[row.category], first: dayNumber(row.first_day), last: dayNumber(row.last_day) }));
  mapStates.set(name, { rows, differences: state.differences });
  if (mapStates.size > MAX_MAP_STATES) mapStates.delete(mapStates.keys().next().value);
  if (request === requests) show();
}

function showDifferences() {
  const state = view.known === "then" ? mapStates.get(windowName()) : null;
  byId("differences").hidden = !state;
  if (!state) return;
  const differences = state.differences.filter(({ now, then }) => isSelected(now ?? then));
  const count = differences.length;
  byId("known-words").textContent = count
    ? `${count.toLocaleString("en")} ${count === 1 ? "difference" : "differences"} from what is known now`
    : "What is known now is the same.";
  byId("difference-rows").replaceChildren(...differences.slice(0, 50).map(({ group, country, what, because }) => node("li", {},
    node("bdi", {}, plain(group)), ` in ${names.get(country) ?? country}: ${plain(what)}`,
    because.length ? node("ul", {}, ...because.map((reason) => node("li", {}, plain(reason)))) : null)));
}

function show() {
  const { categories, rows } = classify();
  for (const [code, shape] of shapes) {
    const category = categories.get(code) ?? "never";
    const className = `country ${category}${view.country === code ? " chosen" : ""}`;
    if (shape.className !== className) {
      shape.className = className;
      shape.category = category;
      shape.group.setAttribute("class", className);
      shape.title.textContent = `${names.get(code) ?? code}: ${CATEGORY_WORDS[category]}`;
      if (category !== "never") shape.group.parentNode.append(shape.group); // its outline is drawn above its neighbours
    }
  }
  showTable(rows);
  showCountry();
  showDifferences();
  settle();
  const counts = CLASSES.map((name) => [name, [...categories.values()].filter((category) => category === name).length]).filter(([, n]) => n);
  const group = view.group ? plain(view.group) : "all groups";
  byId("map").setAttribute("aria-label",
    `Map of ${group}, ${view.days} days up to ${inWords(view.day)}: ${counts.map(([name, n]) => `${CATEGORY_WORDS[name]} in ${n}`).join(", ") || "nothing on record"}.`);
  byId("day-words").textContent = inWords(view.day);
  byId("day").value = view.day;
  byId("day").setAttribute("aria-valuetext", inWords(view.day));
  writeHash();
}

let settleTimer = null;

// Loads the window's sightings and what was known then once the slider rests, not while it moves.
function settle() {
  const name = [view.group, view.region, view.day, view.days].join("|");
  if (byId("points").dataset.of === name && (view.known === "now" || mapStates.has(windowName()))) return;
  clearTimeout(settleTimer);
  settleTimer = setTimeout(() => { loadPoints(name); loadThen(); }, SETTLE_MS);
}

async function loadPoints(name) {
  const query = new URLSearchParams({
    first: dayText(view.day - view.days + 1), last: dayText(view.day), limit: MAX_POINTS, format: "geojson",
  });
  for (const field of ["group", "region"]) if (view[field]) query.set(field, view[field]);
  const response = await fetch(`/api/v1/sightings?${query}`).catch(() => null);
  if (!response?.ok || name !== [view.group, view.region, view.day, view.days].join("|")) return;
  const { features } = await response.json();
  byId("points").dataset.of = name;
  byId("points").replaceChildren(...features.map((feature) => {
    const [x, y] = project(...feature.geometry.coordinates);
    return node("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.6 });
  }));
}

function showTable(rows) {
  const body = byId("new-rows");
  const shown = rows.slice(0, 100);
  body.replaceChildren(...shown.map((row) => {
    const button = node("button", { type: "button" }, names.get(row.country) ?? row.country);
    button.addEventListener("click", () => select(row.country));
    return node("tr", { class: row.category },
      node("td", {}, node("bdi", {}, plain(row.group))), node("td", {}, button),
      node("td", {}, someDay(row.first_day, row.begins_by)), node("td", {}, CATEGORY_WORDS[row.category]));
  }));
  byId("new-count").textContent = rows.length
    ? `${rows.length.toLocaleString("en")} in the ${view.days} days up to ${inWords(view.day)}${rows.length > shown.length ? "; the first 100 are shown" : ""}`
    : `Nothing new in the ${view.days} days up to ${inWords(view.day)}`;
}

function daysWords({ first_day: first, begins_by: beginsBy, ends_from: endsFrom, last_day: last }) {
  if (beginsBy === last && endsFrom === first) return someDay(first, last);
  if (beginsBy === first && endsFrom === last) return `${first} to ${last}`;
  return `${someDay(first, beginsBy)}, until ${someDay(endsFrom, last)}`;
}

function showCountry() {
  const panel = byId("country");
  panel.hidden = !view.country;
  if (!view.country) return;
  const local = episodes
    .filter((episode) => episode.country === view.country && (!view.group || episode.group === view.group))
    .sort((a, b) => b.first - a.first).slice(0, 60);
  byId("country-name").textContent = names.get(view.country) ?? view.country;
  byId("country-episodes").replaceChildren(...(local.length ? local : [null]).map((episode) => episode
    ? node("li", {}, node("bdi", {}, plain(episode.group)), `: ${daysWords(episode)}, ${CATEGORY_WORDS[KINDS[episode.kind].category]}`)
    : node("li", {}, "No group is on record here.")));
}

function select(code, focus = true) {
  view.country = code;
  document.dispatchEvent(new CustomEvent("country", { detail: code }));
  show();
  if (code && focus) byId("country").focus();
}

// Every view has an address of its own.
function writeHash() {
  const params = new URLSearchParams();
  for (const name of ["group", "region", "country"]) if (view[name]) params.set(name, view[name]);
  if (view.known === "then") params.set("known", "then");
  if (!atEnd) params.set("day", dayText(view.day));
  if (view.days !== 30) params.set("days", String(view.days));
  const hash = params.toString();
  if (location.hash.slice(1) !== hash) history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
}

function readHash() {
  const params = new URLSearchParams(location.hash.slice(1));
  for (const name of ["group", "region", "country"]) view[name] = params.get(name) ?? "";
  view.known = params.get("known") === "then" ? "then" : "now";
  const days = Number(params.get("days"));
  view.days = [7, 30, 90, 365].includes(days) ? days : 30;
  const day = /^\d{4}-\d\d-\d\d$/.test(params.get("day") ?? "") ? dayNumber(params.get("day")) : NaN;
  atEnd = Number.isNaN(day);
  view.day = atEnd ? today() : day;
}

function fillControls() {
  for (const [id, field, all] of [["group", "group", "All groups"], ["region", "region", "All regions"]]) {
    const known = [...new Set(episodes.map((episode) => episode[field]))].sort((a, b) => a.localeCompare(b));
    if (view[field] && !known.includes(view[field])) known.unshift(view[field]);
    byId(id).replaceChildren(node("option", { value: "" }, all), ...known.map((name) => node("option", { value: name }, plain(name))));
    byId(id).value = view[field];
  }
  byId("days").value = String(view.days);
  byId("known").value = view.known;
  const slider = byId("day");
  slider.min = Math.min(...episodes.map((episode) => episode.first), today() - 30);
  slider.max = Math.max(today(), view.day);
}

async function load() {
  const response = await fetch("/api/v1/presence", tag ? { headers: { "If-None-Match": tag } } : {});
  if (response.status === 304 || !response.ok) return;
  tag = response.headers.get("ETag");
  const page = await response.json();
  episodes = page.episodes.map((row) => ({ ...row, first: dayNumber(row.first_day), last: dayNumber(row.last_day) }));
  for (const { country, country_name: name } of episodes) names.set(country, name);
  if (atEnd) view.day = today();
  byId("points").dataset.of = "";
  mapStates = new Map();
  fillControls();
  show();
}

function play() {
  if (frame !== null) return stop();
  const slider = byId("day");
  if (view.day >= Number(slider.max)) view.day = Number(slider.min);
  // Each step of "as known then" is loaded from the server, so there are fewer steps.
  const isLoaded = view.known === "then", frames = isLoaded ? 60 : 900;
  const step = Math.max(1, Math.round((Number(slider.max) - Number(slider.min)) / frames));
  byId("play").textContent = "Stop";
  let before = null;
  const tick = async (time) => {
    if (before === null || time - before > 33) {
      before = time;
      if (isLoaded) await loadThen();
      if (frame === null) return;
      move(Math.min(Number(slider.max), view.day + step));
      if (view.day >= Number(slider.max)) return stop();
    }
    frame = requestAnimationFrame(tick);
  };
  frame = requestAnimationFrame(tick);
}

function stop() {
  cancelAnimationFrame(frame);
  frame = null;
  byId("play").textContent = "Play";
}

function move(day) {
  view.day = day;
  atEnd = day >= today();
  show();
}

let reloadTimer = null;

// Makes the country of a live alert pulse, and reloads the map, once for several alerts.
export function showAlert(alert) {
  const shape = shapes.get(alert.country);
  if (shape && alert.status === "confirmed") {
    const pulse = node("circle", { class: "pulse", cx: shape.middle[0].toFixed(1), cy: shape.middle[1].toFixed(1), r: 6 });
    byId("pulses").append(pulse);
    setTimeout(() => pulse.remove(), 4000);
  }
  reloadTimer ??= setTimeout(() => { reloadTimer = null; load(); }, 300);
}

// The arrow keys move through the countries with episodes, in the order of their names.
function selectByKey(event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const stops = [...shapes].filter(([, shape]) => shape.category !== "never").map(([code]) => code)
    .sort((a, b) => (names.get(a) ?? a).localeCompare(names.get(b) ?? b));
  if (!stops.length) return;
  const at = stops.indexOf(view.country);
  const next = at < 0 ? (steps[event.key] > 0 ? 0 : stops.length - 1) : (at + steps[event.key] + stops.length) % stops.length;
  select(stops[next], false);
  byId("news").textContent = shapes.get(stops[next]).title.textContent;
}

export async function startMap() {
  readHash();
  byId("map").addEventListener("keydown", selectByKey);
  byId("known").addEventListener("change", (event) => { view.known = event.target.value; show(); });
  byId("group").addEventListener("change", (event) => { view.group = event.target.value; show(); });
  byId("region").addEventListener("change", (event) => { view.region = event.target.value; show(); });
  byId("days").addEventListener("change", (event) => { view.days = Number(event.target.value); show(); });
  byId("day").addEventListener("input", (event) => { stop(); move(Number(event.target.value)); });
  byId("play").addEventListener("click", play);
  byId("country-close").addEventListener("click", () => select(""));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && view.country) select(""); });
  addEventListener("hashchange", () => { readHash(); fillControls(); show(); });
  const outlines = await (await fetch("/page/outlines.json")).json();
  drawShapes(outlines.shapes);
  names = new Map(Object.entries(outlines.names));
  await load();
}
