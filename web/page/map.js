// The map: countries in their categories, with labels, rings and a card for what is new. It is drawn without a library.

import { linkedAlert } from "/page/alerts.js";
import { drawAnnotations, placeCard } from "/page/annotations.js";
import { namesArea } from "/page/filter.js";
import { nothingState } from "/page/list.js";
import { LoadError, requestJson, showState } from "/page/loading.js";
import { CATEGORY_WORDS, CLASSES, countryCategories, newsRows, hiddenReturns, presence, presenceState, rowsIn } from "/page/presence.js";
import { say } from "/page/speech.js";
import { byId, countryName, dayInWords, dayText, element, plain, shortSomeDay } from "/page/text.js";
import { filterBy, firstDay, mapFilter, view } from "/page/view.js";

const A1 = 1.340264, A2 = -0.081106, A3 = 0.000893, A4 = 0.003796, ROOT = Math.sqrt(3) / 2;
const WIDTH = 1200, HEIGHT = 520, EQUATOR = 298, SCALE = 219, SMALL = 26;
const PACIFIC = -120; // degrees; what lies west of it can be drawn on the right, beyond the date line
const MAX_POINTS = 2000, MAX_CARD_ROWS = 5, LEAST_ZOOM = 160;

const shapes = new Map(); // code -> {group, middle, box, category}
let polygonsByCode = {}; // code -> polygons
let isPacific = false; // whether the map goes on beyond the date line
let features = []; // the points
let outlines = "loading"; // or ready, or failed
let problem = "";
let pointsOf = ""; // the view that the points belong to
let hovered = "";
let width = WIDTH; // of the map on the screen, in pixels
let zoomedTo = null; // the episodes that the view box belongs to
let units = WIDTH; // width of the view box
let scaled = 0; // pixels per unit
let changed = () => {};

// Equal Earth (Savric, Patterson and Jenny, 2018).
function project(longitude, latitude) {
  const p = Math.asin(ROOT * Math.sin(latitude * Math.PI / 180)), p2 = p * p, p6 = p2 * p2 * p2;
  const x = (longitude * Math.PI / 180) * Math.cos(p) / (ROOT * (A1 + 3 * A2 * p2 + p6 * (7 * A3 + 9 * A4 * p2)));
  return [WIDTH / 2 + SCALE * x, EQUATOR - SCALE * p * (A1 + A2 * p2 + p6 * (A3 + A4 * p2))];
}

const DATE_LINE = project(180, 0)[0], ROUND_THE_WORLD = DATE_LINE - project(-180, 0)[0];

// Returns the place of the date line's other side on a map that continues beyond it.
const beyond = (x, longitude) => (isPacific && longitude < PACIFIC ? x + ROUND_THE_WORLD : x);

export async function startMap(listener) {
  changed = listener;
  const map = byId("map");
  map.addEventListener("keydown", selectByKey);
  map.addEventListener("pointerover", (event) => hover(event.target.closest?.("[data-code]")?.dataset.code ?? ""));
  map.addEventListener("pointerleave", () => hover(""));
  map.addEventListener("click", (event) => {
    const code = event.target.closest?.("[data-code]")?.dataset.code;
    if (code) filterBy("country", view.country === code ? "" : code);
  });
  new ResizeObserver(() => setTimeout(() => {
    width = map.clientWidth;
    showMap();
  })).observe(map);
  await loadOutlines();
}

async function loadOutlines() {
  outlines = "loading";
  changed();
  try {
    polygonsByCode = (await requestJson("/page/outlines.json")).shapes;
    drawShapes();
    outlines = "ready";
    zoomedTo = null;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    [outlines, problem] = ["failed", error.message];
  }
  changed();
}

function drawShapes() {
  byId("land").replaceChildren();
  shapes.clear();
  for (const [code, polygons] of Object.entries(polygonsByCode)) {
    if (code === "AQ") continue;
    let path = "", box = [Infinity, Infinity, -Infinity, -Infinity];
    polygons.forEach((polygon, number) => polygon.forEach((flat) => {
      const points = [], middle = middleOf(flat);
      let [longitude, latitude] = [0, 0]; // in hundredths of a degree; the file has the step to each next point
      for (let i = 0; i < flat.length; i += 2) {
        [longitude, latitude] = [longitude + flat[i], latitude + flat[i + 1]];
        const [at, y] = project(longitude / 100, latitude / 100), x = beyond(at, middle);
        points.push(`${x.toFixed(1)},${y.toFixed(1)}`);
        if (number === 0) box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
      }
      if (points.length > 2) path += `M${points.join("L")}Z`;
    }));
    const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    const known = !code.includes(":");
    const group = element("g", known ? { class: "country never", "data-code": code } : { class: "no-country" });
    if (path) group.append(element("path", { d: path }));
    // A country too small to see or click gets a circle.
    if (known && (box[2] - box[0]) * (box[3] - box[1]) < SMALL) {
      group.append(element("circle", { cx: middle[0].toFixed(1), cy: middle[1].toFixed(1) }));
    }
    byId("land").append(group);
    if (known) shapes.set(code, { group, middle, box, category: "never" });
  }
}

// Returns the longitude around which an outline lies.
function middleOf(flat) {
  let longitude = 0, west = Infinity, east = -Infinity;
  for (let i = 0; i < flat.length; i += 2) {
    longitude += flat[i];
    [west, east] = [Math.min(west, longitude), Math.max(east, longitude)];
  }
  return (west + east) / 200;
}

// The country of an open alert is marked, but does not filter.
const markedCountry = () => view.country || (linkedAlert()?.country ?? "");

export function showMap() {
  const categories = countryCategories(), marked = markedCountry(), scale = zoom();
  for (const [code, shape] of shapes) {
    const category = categories.get(code) ?? "never";
    const className = `country ${category}${marked === code ? " chosen" : ""}`;
    if (shape.className === className) continue;
    Object.assign(shape, { className, category });
    shape.group.setAttribute("class", className);
    if (category !== "never") byId("land").append(shape.group); // its outline is drawn above its neighbours
  }
  byId("map").classList.toggle("has-choice", Boolean(view.country));
  drawAnnotations(shapes, scale);
  const state = mapState();
  showState(byId("map-state"), byId("map"), state);
  describe(categories, state);
  showCard();
}

function mapState() {
  if (outlines === "loading") return { kind: "loading", words: "Loading the map …" };
  if (outlines === "failed") return { kind: "failed", words: `Cannot load the outlines of the countries: ${problem}.`, actions: [["Retry", loadOutlines]] };
  const state = presenceState("the map");
  if (state) return state;
  // If the selected country has no data, a note beside the map says so. The map still shows the other countries.
  return view.country || newsRows().length || hiddenReturns() ? null : nothingState("news");
}

function describe(categories, state) {
  const subject = mapFilter() ? `filter ${plain(mapFilter())}` : "all groups";
  const counts = CLASSES.map((name) => [name, [...categories.values()].filter((category) => category === name).length]);
  byId("legend-never").textContent = mapFilter() ? "No match for the filter" : "Never seen";
  byId("legend-returned").hidden = !view.returns;
  for (const [name, count] of counts) byId(`count-${name}`).textContent = state?.kind === "loading" || state?.kind === "failed" ? "" : ` ${count}`;
  const words = counts.filter(([, count]) => count).map(([name, count]) => `${CATEGORY_WORDS[name]} in ${count}`).join(", ");
  const what = state?.kind === "loading" || state?.kind === "failed" ? state.words : `${words || "nothing on record"}.`;
  byId("map").setAttribute("aria-label", `Map of ${subject}, ${view.days} days up to ${dayInWords(view.day)}: ${what}`);
}

// Shows the countries of a filter that names an area, or the world. Returns the pixels per unit of the map.
function zoom() {
  if (zoomedTo !== presence.episodes) zoomTo(namesArea(mapFilter()));
  const scale = width / units;
  if (scale !== scaled) byId("map").style.setProperty("--pixel", `${1 / scale}px`);
  scaled = scale;
  return scale;
}

function zoomTo(isArea) {
  zoomedTo = presence.episodes;
  const codes = isArea ? [...new Set(presence.episodes.map((row) => row.country))] : [];
  let boxes = boxesOf(codes, false);
  const across = boxesOf(codes, true), isShorter = widthOf(across) < widthOf(boxes) / 2;
  if (isShorter) boxes = across;
  if (isShorter !== isPacific) {
    isPacific = isShorter;
    drawShapes();
    drawPoints();
  }
  let [x, y] = [0, 0];
  units = WIDTH;
  if (boxes.length) {
    const west = Math.min(...boxes.map((box) => box[0])), east = Math.max(...boxes.map((box) => box[2]));
    const north = Math.min(...boxes.map((box) => box[1])), south = Math.max(...boxes.map((box) => box[3]));
    units = Math.min(WIDTH, Math.max(LEAST_ZOOM, 1.3 * (east - west), 1.3 * (south - north) * WIDTH / HEIGHT));
    x = Math.min((isPacific ? 1.5 * WIDTH : WIDTH) - units, Math.max(0, (west + east - units) / 2));
    y = Math.min(HEIGHT - units * HEIGHT / WIDTH, Math.max(0, (north + south - units * HEIGHT / WIDTH) / 2));
  }
  byId("map").setAttribute("viewBox", [x, y, units, units * HEIGHT / WIDTH].map((n) => n.toFixed(1)).join(" "));
}

// Returns the boxes of countries on the map that ends at the date line, or on the one that continues beyond it.
function boxesOf(codes, goesOn) {
  const edge = project(PACIFIC, 0)[0];
  return codes.map((code) => shapes.get(code)?.box).filter(Boolean).map(([west, north, east, south]) => {
    const back = isPacific && west > DATE_LINE ? -ROUND_THE_WORLD : 0;
    const shift = back + (goesOn && (west + east) / 2 + back < edge ? ROUND_THE_WORLD : 0);
    return [west + shift, north, east + shift, south];
  });
}

const widthOf = (boxes) => (boxes.length ? Math.max(...boxes.map((box) => box[2])) - Math.min(...boxes.map((box) => box[0])) : 0);

function hover(code) {
  if (hovered === code) return;
  hovered = code;
  showCard();
}

// The card names the groups in the country under the pointer, or in the selected one, and since when.
function showCard() {
  const code = hovered || markedCountry(), card = byId("card"), shape = shapes.get(code);
  card.hidden = !shape;
  if (!shape) return;
  const rows = rowsIn(code), shown = rows.slice(0, MAX_CARD_ROWS);
  const state = presenceState("the map");
  card.replaceChildren(...[
    element("strong", {}, countryName(code)),
    ...shown.map((row) => element("span", { class: row.category }, cardWords(row))),
    rows.length > shown.length ? element("span", {}, `and ${rows.length - shown.length} more`) : null,
    rows.length || state ? null : element("span", {}, mapFilter() ? "no match for the filter" : "no group on record"),
    state ? element("span", {}, state.kind === "loading" ? "still loading" : rows.length ? "out of date" : "not loaded") : null,
  ].filter(Boolean));
  card.style.left = "0"; // its natural width is measured there
  const { left, top } = placeCard(shape, [card.offsetWidth, card.offsetHeight]);
  card.style.left = `${left}px`;
  card.style.top = `${top}px`;
}

const cardWords = (row) => {
  const group = plain(row.group), since = shortSomeDay(row.first_day, row.begins_by);
  if (row.category === "before") return `${group}: last seen ${shortSomeDay(row.lastSeen)}`;
  return `${group}: ${row.words}${row.words === CATEGORY_WORDS.active ? " since" : ""} ${since}`;
};

const pointsName = () => [view.filter, view.day, view.days, view.known].join("|");

// Draws the window's sightings as points, as known now: a map as known then has none.
export async function loadPoints() {
  const name = pointsName();
  if (pointsOf === name) return;
  const draw = (found, of) => {
    [features, pointsOf] = [found, of];
    drawPoints();
  };
  if (view.known === "then") return draw([], name);
  const query = new URLSearchParams({ first: dayText(firstDay()), last: dayText(view.day), limit: MAX_POINTS });
  if (view.filter) query.set("filter", view.filter);
  const answer = await requestJson(`/api/v1/sightings.geojson?${query}`).catch(() => null);
  if (name !== pointsName()) return;
  byId("points-state").hidden = answer !== null;
  draw(answer?.features ?? [], answer ? name : "");
}

function drawPoints() {
  byId("points").replaceChildren(...features.map(({ geometry: { coordinates: [longitude, latitude] } }) => {
    const [x, y] = project(longitude, latitude);
    return element("circle", { cx: beyond(x, longitude).toFixed(1), cy: y.toFixed(1), r: 2.6 });
  }));
}

export function forgetPoints() {
  pointsOf = "";
}

export function pulse(alert) {
  const shape = shapes.get(alert.country);
  if (!shape || alert.status !== "confirmed") return;
  const circle = element("circle", { class: "pulse", cx: shape.middle[0].toFixed(1), cy: shape.middle[1].toFixed(1), r: 6 });
  byId("pulses").append(circle);
  setTimeout(() => circle.remove(), 4000);
}

// The arrow keys move through the countries with episodes, in the order of their names.
function selectByKey(event) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const stops = [...shapes].filter(([, shape]) => shape.category !== "never").map(([code]) => code)
    .sort((a, b) => countryName(a).localeCompare(countryName(b)));
  if (!stops.length) return;
  const at = stops.indexOf(view.country);
  const next = at < 0 ? (steps[event.key] > 0 ? 0 : stops.length - 1) : (at + steps[event.key] + stops.length) % stops.length;
  filterBy("country", stops[next]);
  say(`${countryName(stops[next])}: ${CATEGORY_WORDS[shapes.get(stops[next]).category]}`);
}
