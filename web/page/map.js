// The map: where groups were first seen in a window of days, and where before. What arrives is set as text only.

import { KINDS } from "/page/labels.js";

const A1 = 1.340264, A2 = -0.081106, A3 = 0.000893, A4 = 0.003796, ROOT = Math.sqrt(3) / 2;
const WIDTH = 1200, EQUATOR = 298, SCALE = 219, SMALL = 26;
const DAY = 86_400_000;
const CLASSES = ["new", "back", "returned", "active", "before"];
const WORDS = {
  ...Object.fromEntries(Object.values(KINDS).map(({ category, map_label: label }) => [category, label])),
  active: "active since before", before: "seen before", never: "never seen",
};
const THEN = { new: "new", back: "back", returned: "returned", active: "active", "seen before": "before" };
const MOST_PICTURES = 200, MOST_POINTS = 2000, SETTLED_MS = 150;
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);
const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);
// Of a month or a year nobody knows the day.
const someDay = (first, last) => (!last || first === last ? first : `some day from ${first} to ${last}`);
const dayText = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const longDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const inWords = (number) => longDay.format(new Date(number * DAY));
const today = () => Math.floor(Date.now() / DAY);

let episodes = [];
let names = new Map(); // code -> name
let shapes = new Map(); // code -> {path, mark}
let playing = null;
let tag = null;
let pictures = new Map(); // "day days" -> what was known then and what is known now; most recent last
let asked = 0;
const view = { group: "", region: "", day: today(), days: 30, country: "", known: "now" };
let follows = true; // the slider stands at its end, and goes on with the days

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
    const group = node("g", { class: known ? "country never" : "nobodys" });
    if (path) group.append(node("path", { d: path }));
    // What is too small to be seen, or hit, gets a mark.
    if (known && (box[2] - box[0]) * (box[3] - box[1]) < SMALL) {
      group.append(node("circle", { cx: ((box[0] + box[2]) / 2).toFixed(1), cy: ((box[1] + box[3]) / 2).toFixed(1), r: 3.2 }));
    }
    const title = node("title");
    group.append(title);
    land.append(group);
    if (!known) continue;
    shapes.set(code, { group, title, middle: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] });
    group.addEventListener("click", () => choose(view.country === code ? "" : code));
  }
}

const wanted = (one) => (!view.group || one.group === view.group) && (!view.region || one.region === view.region);

function classify() {
  const first = view.day - view.days + 1, found = new Map(), rows = [];
  for (const one of view.known === "then" ? knownThen() : episodes) {
    if (!wanted(one) || one.first > view.day) continue;
    const category = one.category ?? (one.first >= first ? KINDS[one.kind].category : one.last >= first ? "active" : "before");
    const known = found.get(one.country);
    if (!known || CLASSES.indexOf(category) < CLASSES.indexOf(known)) found.set(one.country, category);
    if (one.first >= first) rows.push({ ...one, category });
  }
  rows.sort((a, b) => CLASSES.indexOf(a.category) - CLASSES.indexOf(b.category) || b.first - a.first);
  return { found, rows };
}

// The picture of the day as known then; until it is here, the one that was shown before.
function knownThen() {
  return (pictures.get(pictureName()) ?? [...pictures.values()].at(-1))?.rows ?? [];
}

const pictureName = () => `${dayText(view.day)} ${view.days}`;

async function askThen() {
  const name = pictureName();
  if (view.known !== "then" || pictures.has(name)) return;
  const mine = ++asked;
  byId("known-words").textContent = "Looking up what was known then …";
  const answer = await fetch(`/api/v1/map-state?as_of=${dayText(view.day)}&days=${view.days}`).catch(() => null);
  if (!answer?.ok) {
    if (mine === asked) byId("known-words").textContent = "What was known then cannot be read just now.";
    return;
  }
  const told = await answer.json();
  const rows = told.then.filter((one) => THEN[one.category]).map((one) => (
    { ...one, category: THEN[one.category], first: dayNumber(one.first_day), last: dayNumber(one.last_day) }));
  pictures.set(name, { rows, differences: told.differences });
  if (pictures.size > MOST_PICTURES) pictures.delete(pictures.keys().next().value);
  if (mine === asked) show();
}

function showDifferences() {
  const picture = view.known === "then" ? pictures.get(pictureName()) : null;
  byId("differences").hidden = !picture;
  if (!picture) return;
  const differ = picture.differences.filter((one) => wanted(one.now ?? one.then));
  byId("known-words").textContent = differ.length
    ? `${differ.length.toLocaleString("en")} known otherwise now` : "The same is known now.";
  byId("difference-rows").replaceChildren(...differ.slice(0, 50).map((one) => node("li", {},
    node("bdi", {}, plain(one.group)), ` in ${names.get(one.country) ?? one.country}: ${plain(one.what)}`,
    one.because.length ? node("ul", {}, ...one.because.map((why) => node("li", {}, plain(why)))) : null)));
}

function show() {
  const { found, rows } = classify();
  for (const [code, shape] of shapes) {
    const category = found.get(code) ?? "never";
    const look = `country ${category}${view.country === code ? " chosen" : ""}`;
    if (shape.look !== look) {
      shape.look = look;
      shape.category = category;
      shape.group.setAttribute("class", look);
      shape.title.textContent = `${names.get(code) ?? code}: ${WORDS[category]}`;
      if (category !== "never") shape.group.parentNode.append(shape.group); // outlines above their quiet neighbours
    }
  }
  showTable(rows);
  showCountry();
  showDifferences();
  settle();
  const counts = CLASSES.map((name) => [name, [...found.values()].filter((one) => one === name).length]).filter(([, n]) => n);
  const who = view.group ? plain(view.group) : "all groups";
  byId("map").setAttribute("aria-label",
    `Map of ${who}, ${view.days} days up to ${inWords(view.day)}: ${counts.map(([name, n]) => `${WORDS[name]} in ${n}`).join(", ") || "nothing on record"}.`);
  byId("day-words").textContent = inWords(view.day);
  byId("day").value = view.day;
  byId("day").setAttribute("aria-valuetext", inWords(view.day));
  remember();
}

let settling = null;

// While the slider moves nothing is asked for; once it rests, the sightings of the window and what was known then are.
function settle() {
  const name = [view.group, view.region, view.day, view.days].join("|");
  if (byId("points").dataset.of === name && (view.known === "now" || pictures.has(pictureName()))) return;
  clearTimeout(settling);
  settling = setTimeout(() => { showPoints(name); askThen(); }, SETTLED_MS);
}

async function showPoints(name) {
  const asking = new URLSearchParams({
    first: dayText(view.day - view.days + 1), last: dayText(view.day), limit: MOST_POINTS, format: "geojson",
  });
  for (const field of ["group", "region"]) if (view[field]) asking.set(field, view[field]);
  const answer = await fetch(`/api/v1/sightings?${asking}`).catch(() => null);
  if (!answer?.ok || name !== [view.group, view.region, view.day, view.days].join("|")) return;
  const found = await answer.json();
  byId("points").dataset.of = name;
  byId("points").replaceChildren(...found.features.map((one) => {
    const [x, y] = project(...one.geometry.coordinates);
    return node("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.6 });
  }));
}

function showTable(rows) {
  const body = byId("new-rows");
  const cut = rows.slice(0, 100);
  body.replaceChildren(...cut.map((one) => {
    const button = node("button", { type: "button" }, names.get(one.country) ?? one.country);
    button.addEventListener("click", () => choose(one.country));
    return node("tr", { class: one.category },
      node("td", {}, node("bdi", {}, plain(one.group))), node("td", {}, button),
      node("td", {}, someDay(one.first_day, one.begins_by)), node("td", {}, WORDS[one.category]));
  }));
  byId("new-count").textContent = rows.length
    ? `${rows.length.toLocaleString("en")} in the ${view.days} days up to ${inWords(view.day)}${rows.length > cut.length ? "; the first 100" : ""}`
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
  const mine = episodes
    .filter((one) => one.country === view.country && (!view.group || one.group === view.group))
    .sort((a, b) => b.first - a.first).slice(0, 60);
  byId("country-name").textContent = names.get(view.country) ?? view.country;
  byId("country-episodes").replaceChildren(...(mine.length ? mine : [null]).map((one) => one
    ? node("li", {}, node("bdi", {}, plain(one.group)), `: ${daysWords(one)}, ${WORDS[KINDS[one.kind].category]}`)
    : node("li", {}, "No group is on record here.")));
}

function choose(code, enter = true) {
  view.country = code;
  document.dispatchEvent(new CustomEvent("country", { detail: code }));
  show();
  if (code && enter) byId("country").focus();
}

// Every view is an address.
function remember() {
  const told = new URLSearchParams();
  for (const name of ["group", "region", "country"]) if (view[name]) told.set(name, view[name]);
  if (view.known === "then") told.set("known", "then");
  if (!follows) told.set("day", dayText(view.day));
  if (view.days !== 30) told.set("days", String(view.days));
  const wanted = told.toString();
  if (location.hash.slice(1) !== wanted) history.replaceState(null, "", wanted ? `#${wanted}` : location.pathname);
}

function recall() {
  const told = new URLSearchParams(location.hash.slice(1));
  for (const name of ["group", "region", "country"]) view[name] = told.get(name) ?? "";
  view.known = told.get("known") === "then" ? "then" : "now";
  const days = Number(told.get("days"));
  view.days = [7, 30, 90, 365].includes(days) ? days : 30;
  const day = /^\d{4}-\d\d-\d\d$/.test(told.get("day") ?? "") ? dayNumber(told.get("day")) : NaN;
  follows = Number.isNaN(day);
  view.day = follows ? today() : day;
}

function fillChoosers() {
  for (const [id, field, all] of [["group", "group", "All groups"], ["region", "region", "All regions"]]) {
    const known = [...new Set(episodes.map((one) => one[field]))].sort((a, b) => a.localeCompare(b));
    if (view[field] && !known.includes(view[field])) known.unshift(view[field]);
    byId(id).replaceChildren(node("option", { value: "" }, all), ...known.map((name) => node("option", { value: name }, plain(name))));
    byId(id).value = view[field];
  }
  byId("days").value = String(view.days);
  byId("known").value = view.known;
  const slider = byId("day");
  slider.min = Math.min(...episodes.map((one) => one.first), today() - 30);
  slider.max = Math.max(today(), view.day);
}

async function load() {
  const answer = await fetch("/api/v1/presence", tag ? { headers: { "If-None-Match": tag } } : {});
  if (answer.status === 304 || !answer.ok) return;
  tag = answer.headers.get("ETag");
  const told = await answer.json();
  episodes = told.episodes.map((one) => ({ ...one, first: dayNumber(one.first_day), last: dayNumber(one.last_day) }));
  for (const one of episodes) names.set(one.country, one.country_name);
  if (follows) view.day = today();
  byId("points").dataset.of = "";
  pictures = new Map();
  fillChoosers();
  show();
}

function play() {
  if (playing !== null) return stop();
  const slider = byId("day");
  if (view.day >= Number(slider.max)) view.day = Number(slider.min);
  // What was known at a time has to be looked up: fewer pictures, each as soon as it is there.
  const pictured = view.known === "then", frames = pictured ? 60 : 900;
  const step = Math.max(1, Math.round((Number(slider.max) - Number(slider.min)) / frames));
  byId("play").textContent = "Stop";
  let before = null;
  const tick = async (time) => {
    if (before === null || time - before > 33) {
      before = time;
      if (pictured) await askThen();
      if (playing === null) return;
      move(Math.min(Number(slider.max), view.day + step));
      if (view.day >= Number(slider.max)) return stop();
    }
    playing = requestAnimationFrame(tick);
  };
  playing = requestAnimationFrame(tick);
}

function stop() {
  cancelAnimationFrame(playing);
  playing = null;
  byId("play").textContent = "Play";
}

function move(day) {
  view.day = day;
  follows = day >= today();
  show();
}

let waiting = null;

// An alert came in: its country pulses, and the map is asked for anew, once for many.
export function news(alert) {
  const shape = shapes.get(alert.country);
  if (shape && alert.status === "confirmed") {
    const pulse = node("circle", { class: "pulse", cx: shape.middle[0].toFixed(1), cy: shape.middle[1].toFixed(1), r: 6 });
    byId("pulses").append(pulse);
    setTimeout(() => pulse.remove(), 4000);
  }
  waiting ??= setTimeout(() => { waiting = null; load(); }, 300);
}

// With the arrow keys through the countries that have something to say, in the order of their names.
function walk(event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const stops = [...shapes].filter(([, shape]) => shape.category !== "never").map(([code]) => code)
    .sort((a, b) => (names.get(a) ?? a).localeCompare(names.get(b) ?? b));
  if (!stops.length) return;
  const at = stops.indexOf(view.country);
  const next = at < 0 ? (steps[event.key] > 0 ? 0 : stops.length - 1) : (at + steps[event.key] + stops.length) % stops.length;
  choose(stops[next], false);
  byId("news").textContent = shapes.get(stops[next]).title.textContent;
}

export async function start() {
  recall();
  byId("map").addEventListener("keydown", walk);
  byId("known").addEventListener("change", (event) => { view.known = event.target.value; show(); });
  byId("group").addEventListener("change", (event) => { view.group = event.target.value; show(); });
  byId("region").addEventListener("change", (event) => { view.region = event.target.value; show(); });
  byId("days").addEventListener("change", (event) => { view.days = Number(event.target.value); show(); });
  byId("day").addEventListener("input", (event) => { stop(); move(Number(event.target.value)); });
  byId("play").addEventListener("click", play);
  byId("country-close").addEventListener("click", () => choose(""));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && view.country) choose(""); });
  addEventListener("hashchange", () => { recall(); fillChoosers(); show(); });
  const outlines = await (await fetch("/page/outlines.json")).json();
  drawShapes(outlines.shapes);
  names = new Map(Object.entries(outlines.names));
  await load();
}
