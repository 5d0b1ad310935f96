// Starts the page: connects the view, the data and what is drawn. Everything that arrives is other people's text.

import { news } from "/page/alert_card.js";
import { showAlertPanel, startAlertPanel } from "/page/alert_panel.js";
import {
  alertParameters, connect, filterText, forgetQueries, linkedAlert, linkedEvents, loadAlerts, loadLastAlert,
  loadLinked, onAlerts, query, retryAlerts,
} from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { markFresh, showList, showMore } from "/page/list.js";
import { forgetPoints, loadPoints, pulse, showMap, startMap } from "/page/map.js";
import { showMonths, startMonths } from "/page/months.js";
import { showPanels } from "/page/panels.js";
import { loadPresence, loadThen, onPresence, presence, retryThen, thenState } from "/page/presence.js";
import { byId, countryName, dayNumber, element, plain } from "/page/text.js";
import { change, changeImpliedDay, dayIsInAddress, onChange, readAddress, view } from "/page/view.js";

const SETTLE_MS = 150, RELOAD_MS = 300, RETRY_MS = 30_000;
const narrow = matchMedia("(max-width: 60rem)");

let drawing = null;
let isMapOld = false;
let settling = null;
let reloading = null;
let filledOf = []; // what the menus show

// The map follows the slider at once, the rest soon after.
function draw() {
  fillControls();
  showMap();
  showMonths();
  drawTextSoon();
}

// Whether the map is empty may depend on the alerts.
function drawAlerts() {
  isMapOld = true;
  drawTextSoon();
}

// A timer, because a hidden tab gets no animation frames and must be up to date when it is opened.
function drawTextSoon() {
  drawing ??= setTimeout(() => {
    drawing = null;
    showList();
    showAlertPanel();
    showTitle();
    showPanels();
    showDownloads();
    if (isMapOld) showMap();
    isMapOld = false;
  }, 30);
}

// Loads what the view needs once the reader rests, not while the slider moves.
function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    loadAlerts();
    loadThen();
    loadPoints();
    openLinked();
  }, SETTLE_MS);
}

// An address that names only an alert opens the window in which it was reported.
async function openLinked() {
  const isDated = dayIsInAddress(), id = view.alert;
  await loadLinked();
  const [event] = linkedEvents();
  if (event && !isDated && view.alert === id) changeImpliedDay(dayNumber(event.arrived.slice(0, 10)));
}

function showTitle() {
  const alert = linkedAlert();
  const subject = alert ? news(alert) : plain(view.group) || (view.country && countryName(view.country));
  document.title = subject ? `${subject} · Firstseen` : "Firstseen";
}

function refresh() {
  forgetQueries();
  forgetPoints();
  loadPresence();
  loadLastAlert();
  settle();
}

// A page that nobody watches recovers by itself.
function retryFailed() {
  if (presence.status === "failed") loadPresence();
  if (view.known === "then" && thenState().status === "failed") retryThen();
  if (query().status === "failed") retryAlerts();
}

// Several alerts reload the map once.
function reloadSoon() {
  reloading ??= setTimeout(() => {
    reloading = null;
    forgetPoints();
    loadPresence().then(settle);
  }, RELOAD_MS);
}

function fillControls() {
  if (filledOf[0] !== presence.episodes || filledOf[1] !== view.group || filledOf[2] !== view.region) fillMenus();
  byId("days").value = String(view.days);
  byId("known").value = view.known;
  byId("returns").checked = view.returns;
  byId("candidates").checked = view.candidates;
}

function fillMenus() {
  filledOf = [presence.episodes, view.group, view.region];
  for (const [id, all] of [["group", "All groups"], ["region", "All regions"]]) {
    const names = [...new Set(presence.episodes.map((episode) => episode[id]))].sort((a, b) => a.localeCompare(b));
    if (view[id] && !names.includes(view[id])) names.unshift(view[id]);
    byId(id).replaceChildren(element("option", { value: "" }, all), ...names.map((name) => element("option", { value: name }, plain(name))));
    byId(id).value = view[id];
  }
}

// The links below the list lead to what the view shows, in other formats.
function showDownloads() {
  const address = (format) => {
    const params = alertParameters();
    if (format !== "json") params.set("format", format);
    return `/api/v1/alerts?${params}`;
  };
  for (const format of ["json", "csv", "geojson"]) byId(`as-${format}`).href = address(format);
  const filter = filterText();
  byId("as-feed").href = `/api/v1/alerts.atom${filter ? `?filter=${encodeURIComponent(filter)}` : ""}`;
  byId("subscribe").textContent = `/firstseen subscribe ${filter}`.trim();
}

function startControls() {
  for (const id of ["group", "region", "known"]) byId(id).addEventListener("change", ({ target }) => change({ [id]: target.value }));
  for (const id of ["returns", "candidates"]) byId(id).addEventListener("change", ({ target }) => change({ [id]: target.checked }));
  byId("days").addEventListener("change", ({ target }) => change({ days: Number(target.value) }));
  byId("country-close").addEventListener("click", () => change({ country: "" }));
  byId("more").addEventListener("click", showMore);
  byId("copy").addEventListener("click", ({ target }) => copy(byId("subscribe").textContent, target));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && view.country) change({ country: "" }); });
  addEventListener("popstate", readAddress);
}

// On a phone the alerts come first, in the document too, so that the order of reading is the order of the screen.
function arrange() {
  const main = byId("alert-section").parentNode;
  if (narrow.matches) main.insertBefore(byId("alert-section"), byId("world"));
  else main.append(byId("alert-section"));
  byId("filters").open = !narrow.matches;
}

onChange(() => {
  draw();
  settle();
});
onPresence(draw);
onAlerts({
  changed: drawAlerts,
  arrived: (entry, isNew) => {
    if (isNew) markFresh(entry);
    pulse(entry.latest);
    reloadSoon();
  },
});
narrow.addEventListener("change", arrange);
arrange();
startControls();
startAlertPanel();
startMonths();
readAddress();
startMap(draw);
connect(refresh);
setInterval(retryFailed, RETRY_MS);
