// Labels and rings of the countries that are new, so that they are found without a legend and however small they are.

import { newsRows } from "/page/presence.js";
import { byId, countryName, element } from "/page/text.js";

const MAX_LABELS = 16;
const FONT = 12, RING = 9, SMALL = 16; // pixels on the screen
const WEIGHT = 650, HALO = 3; // of labels, as in the style sheet
const STEPS = 40, MARGIN = 4, GAP = 6; // places for the card in each direction; pixels around it

let annotated = []; // the boxes of the labels and rings, in units of the map
const widths = new Map(); // name -> width of its label in pixels

// `scale`: pixels per unit of the map.
export function drawAnnotations(shapes, scale) {
  const countries = new Map();
  for (const row of newsRows()) if (!countries.has(row.country)) countries.set(row.country, row.category);
  const shown = [...countries].filter(([code]) => shapes.has(code));
  const rings = shown.filter(([code]) => isSmall(shapes.get(code).box, scale));
  byId("rings").replaceChildren(...rings.map(([code, category]) => {
    const [x, y] = shapes.get(code).middle;
    return element("circle", { class: `ring ${category}`, "data-code": code, cx: x.toFixed(1), cy: y.toFixed(1), r: (RING / scale).toFixed(2) });
  }));
  const taken = rings.map(([code]) => around(shapes.get(code).middle, 2 * RING / scale, 2 * RING / scale));
  const labels = [];
  for (const [code] of shown.slice(0, MAX_LABELS)) {
    const place = placeLabel(shapes.get(code), countryName(code), scale, taken);
    if (!place) continue;
    taken.push(place);
    labels.push(element("text", { x: ((place[0] + place[2]) / 2).toFixed(1), y: (place[3] - 0.28 * (place[3] - place[1])).toFixed(1) }, countryName(code)));
  }
  annotated = taken;
  byId("labels").setAttribute("font-size", (FONT / scale).toFixed(2));
  byId("labels").replaceChildren(...labels);
}

const isSmall = (box, scale) => Math.min(box[2] - box[0], box[3] - box[1]) * scale < SMALL;
const around = ([x, y], width, height) => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
const overlap = (a, b) => Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

function widthOf(name) {
  if (!widths.has(name)) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${WEIGHT} ${FONT}px ${getComputedStyle(document.body).fontFamily}`;
    widths.set(name, pen.measureText(name).width + HALO);
  }
  return widths.get(name);
}

// Returns a free box for a label: in the country if it fits, or beside it; null where there is no room.
function placeLabel({ middle: [x, y], box }, name, scale, taken) {
  const width = widthOf(name) / scale, height = 1.2 * FONT / scale, gap = (RING + 3) / scale;
  const view = byId("map").viewBox.baseVal;
  const places = isSmall(box, scale) ? [] : [around([x, y], width, height)];
  for (const distance of [gap, 2 * gap, 3.5 * gap]) {
    const aside = distance + width / 2, above = distance + height / 2;
    places.push(...[[x + aside, y], [x - aside, y], [x, y - above], [x, y + above], [x - aside, y - above], [x + aside, y + above]]
      .map((middle) => around(middle, width, height)));
  }
  return places.find((place) => place[0] >= view.x && place[2] <= view.x + view.width && place[1] >= view.y
    && place[3] <= view.y + view.height && !taken.some((other) => overlaps(place, other))) ?? null;
}

// Returns the left upper corner of a card about a country, in pixels of the map: the nearest place where it covers
// neither labels and rings nor the country, or where it covers least of them.
export function placeCard({ middle, box }, [width, height]) {
  const map = byId("map"), { x, y, width: units } = map.viewBox.baseVal, scale = map.clientWidth / units;
  const inPixels = ([left, top, right, bottom]) => [(left - x) * scale - GAP, (top - y) * scale - GAP, (right - x) * scale + GAP, (bottom - y) * scale + GAP];
  const country = inPixels(box), covered = annotated.map(inPixels);
  const [centre, across] = [(middle[0] - x) * scale, (middle[1] - y) * scale];
  const right = Math.max(MARGIN, map.clientWidth - width - MARGIN), low = Math.max(MARGIN, map.clientHeight - height - MARGIN);
  let best = null;
  for (let row = 0; row <= STEPS; row += 1) {
    for (let column = 0; column <= STEPS; column += 1) {
      const left = MARGIN + (right - MARGIN) * column / STEPS, top = MARGIN + (low - MARGIN) * row / STEPS;
      const place = [left, top, left + width, top + height];
      const rank = [
        covered.reduce((sum, other) => sum + overlap(place, other), 0), overlap(place, country),
        Math.hypot(left + width / 2 - centre, top + height / 2 - across),
      ];
      const differs = best ? rank.findIndex((value, index) => value !== best.rank[index]) : 0;
      if (differs >= 0 && (!best || rank[differs] < best.rank[differs])) best = { rank, left, top };
    }
  }
  return best;
}
