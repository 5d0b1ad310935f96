// The map: where groups were first seen in a window of days, and where before. What arrives is set as text only.

const A1 = 1.340264, A2 = -0.081106, A3 = 0.000893, A4 = 0.003796, ROOT = Math.sqrt(3) / 2;
const WIDTH = 1200, EQUATOR = 298, SCALE = 219, SMALL = 26;
const DAY = 86_400_000;
const CLASSES = ["new", "back", "returned", "active", "before"];
const WORDS = {
  new: "first seen", back: "back after more than a year", returned: "back within a year", active: "active since before",
  before: "seen before", never: "never seen",
};
const BEGUN = { first_ever: "new", re_emergence: "back", returned: "returned" };
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);
const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);
const dayText = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const longDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const inWords = (number) => longDay.format(new Date(number * DAY));
const today = () => Math.floor(Date.now() / DAY);

let episodes = [];
let names = new Map(); // code -> name
let shapes = new Map(); // code -> {path, mark}
let alertsOf = () => [];
let playing = null;
let tag = null;
const view = { group: "", region: "", day: today(), days: 30, country: "" };
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

function classify() {
  const first = view.day - view.days + 1, found = new Map(), rows = [];
  for (const one of episodes) {
    if ((view.group && one.group !== view.group) || (view.region && one.region !== view.region)) continue;
    if (one.first > view.day) continue;
    const category = one.first >= first ? BEGUN[one.kind] : one.last >= first ? "active" : "before";
    const known = found.get(one.country);
    if (!known || CLASSES.indexOf(category) < CLASSES.indexOf(known)) found.set(one.country, category);
    if (one.first >= first) rows.push({ ...one, category });
  }
  rows.sort((a, b) => CLASSES.indexOf(a.category) - CLASSES.indexOf(b.category) || b.first - a.first);
  return { found, rows };
}

function show() {
  const { found, rows } = classify();
  for (const [code, shape] of shapes) {
    const category = found.get(code) ?? "never";
    const wanted = `country ${category}${view.country === code ? " chosen" : ""}`;
    if (shape.group.getAttribute("class") !== wanted) {
      shape.group.setAttribute("class", wanted);
      shape.title.textContent = `${names.get(code) ?? code}: ${WORDS[category]}`;
      if (category !== "never") shape.group.parentNode.append(shape.group); // outlines above their quiet neighbours
    }
  }
  showPoints();
  showTable(rows);
  showCountry();
  const counts = CLASSES.map((name) => [name, [...found.values()].filter((one) => one === name).length]).filter(([, n]) => n);
  const who = view.group ? plain(view.group) : "all groups";
  byId("map").setAttribute("aria-label",
    `Map of ${who}, ${view.days} days up to ${inWords(view.day)}: ${counts.map(([name, n]) => `${WORDS[name]} in ${n}`).join(", ") || "nothing on record"}.`);
  byId("day-words").textContent = inWords(view.day);
  byId("day").value = view.day;
  byId("day").setAttribute("aria-valuetext", inWords(view.day));
  remember();
}

function showPoints() {
  const first = view.day - view.days + 1;
  const marks = [];
  for (const alert of alertsOf()) {
    if (alert.status !== "confirmed" || (view.group && alert.group !== view.group) || (view.region && alert.region !== view.region)) continue;
    const day = dayNumber(alert.first_day);
    if (day < first || day > view.day) continue;
    for (const one of alert.why.sightings) {
      if (one.latitude === null || one.longitude === null || one.latitude === undefined) continue;
      const [x, y] = project(one.longitude, one.latitude);
      marks.push(node("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 3.4 }));
    }
  }
  byId("points").replaceChildren(...marks.slice(0, 2000));
}

function showTable(rows) {
  const body = byId("new-rows");
  const cut = rows.slice(0, 100);
  body.replaceChildren(...cut.map((one) => {
    const button = node("button", { type: "button" }, names.get(one.country) ?? one.country);
    button.addEventListener("click", () => choose(one.country));
    return node("tr", { class: one.category },
      node("td", {}, node("bdi", {}, plain(one.group))), node("td", {}, button),
      node("td", {}, dayText(one.first)), node("td", {}, WORDS[one.category]));
  }));
  byId("new-count").textContent = rows.length
    ? `${rows.length.toLocaleString("en")} in the ${view.days} days up to ${inWords(view.day)}${rows.length > cut.length ? "; the first 100" : ""}`
    : `Nothing new in the ${view.days} days up to ${inWords(view.day)}`;
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
    ? node("li", {}, node("bdi", {}, plain(one.group)), `: ${dayText(one.first)}${one.last > one.first ? ` to ${dayText(one.last)}` : ""}, ${WORDS[BEGUN[one.kind]]}`)
    : node("li", {}, "No group is on record here.")));
}

function choose(code) {
  view.country = code;
  document.dispatchEvent(new CustomEvent("country", { detail: code }));
  show();
  if (code) byId("country").focus();
}

// Every view is an address.
function remember() {
  const told = new URLSearchParams();
  for (const name of ["group", "region", "country"]) if (view[name]) told.set(name, view[name]);
  if (!follows) told.set("day", dayText(view.day));
  if (view.days !== 30) told.set("days", String(view.days));
  const wanted = told.toString();
  if (location.hash.slice(1) !== wanted) history.replaceState(null, "", wanted ? `#${wanted}` : location.pathname);
}

function recall() {
  const told = new URLSearchParams(location.hash.slice(1));
  for (const name of ["group", "region", "country"]) view[name] = told.get(name) ?? "";
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
  fillChoosers();
  show();
}

function play() {
  if (playing !== null) return stop();
  const slider = byId("day");
  if (view.day >= Number(slider.max)) view.day = Number(slider.min);
  const step = Math.max(1, Math.round((Number(slider.max) - Number(slider.min)) / 900));
  byId("play").textContent = "Stop";
  let before = null;
  const tick = (time) => {
    if (before === null || time - before > 33) {
      before = time;
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

export async function start(allAlerts) {
  alertsOf = allAlerts;
  recall();
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

export const refresh = () => showPoints();
