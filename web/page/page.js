// Starts the page: connects the view, the data and what is drawn. All text that arrives is untrusted.

import { news } from "/page/alert_card.js";
import { showAlertPanel, startAlertPanel } from "/page/alert_panel.js";
import {
  connect, forgetQueries, linkedAlert, linkedEvents, loadAlerts, loadLastAlert,
  loadLinked, onAlerts, query, retryAlerts,
} from "/page/alerts.js";
import { changesFailed, forgetChanges, loadChanges, showChanges, startChanges } from "/page/changes_panel.js";
import { hasKind } from "/page/filter.js";
import { restoreFocus } from "/page/focus.js";
import { checkFilter, showFilterBox, startFilterBox } from "/page/filter_box.js";
import { markFresh, showList, showMore } from "/page/list.js";
import { forgetPoints, loadPoints, pulse, showMap, startMap } from "/page/map.js";
import { showMonths, startMonths } from "/page/months.js";
import { forgetGroups, loadGroup, showGroup, startGroupPanel } from "/page/group_panel.js";
import { showPanels, startPanels } from "/page/panels.js";
import { loadFiltered, loadPresence, loadThen, onPresence, presence, retryThen, thenState } from "/page/presence.js";
import { showSharing, startSharing } from "/page/sharing.js";
import { byId, countryName, dayNumber, dayText, plain, today } from "/page/text.js";
import { change, changeImpliedDay, dayIsInAddress, filterBy, onChange, readAddress, showsReturns, view } from "/page/view.js";

const SETTLE_MS = 150, RELOAD_MS = 300, RETRY_MS = 30_000;
const NARROW_REM = 60; // as in the style sheets

let drawing = null;
let isMapOld = false;
let settling = null;
let reloading = null;
let arranged = null; // whether the page is arranged for a narrow screen

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
    showChanges();
    showTitle();
    showPanels();
    showGroup();
    showSharing();
    if (isMapOld) showMap();
    isMapOld = false;
    restoreFocus();
  }, 30);
}

// Loads what the view needs once the reader pauses, not while the slider moves.
function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    checkFilter();
    loadFiltered();
    loadAlerts();
    loadGroup();
    loadChanges();
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
  const subject = alert ? news(alert) : plain(view.group) || (view.country ? countryName(view.country) : plain(view.filter));
  document.title = subject ? `${subject} · Firstseen` : "Firstseen";
}

function refresh() {
  forgetQueries();
  forgetGroups();
  forgetChanges();
  forgetPoints();
  loadPresence();
  loadLastAlert();
  settle();
}

// A page that is not in use recovers by itself.
function retryFailed() {
  if (presence.status === "failed") loadPresence();
  if (view.known === "then" && thenState().status === "failed") retryThen();
  if (query().status === "failed") retryAlerts();
  if (changesFailed()) loadChanges();
}

// Several alerts reload the map once.
function reloadSoon() {
  reloading ??= setTimeout(() => {
    reloading = null;
    forgetPoints();
    forgetChanges();
    loadPresence().then(settle);
  }, RELOAD_MS);
}

function fillControls() {
  showFilterBox();
  byId("days").value = String(view.days);
  byId("last-day").max = dayText(today());
  if (document.activeElement !== byId("last-day")) byId("last-day").value = dayText(view.day);
  byId("known").value = view.known;
  byId("returns").checked = showsReturns();
  byId("returns").disabled = hasKind(view.filter);
  byId("candidates").checked = view.candidates;
  byId("taken-back").checked = view.takenBack;
}

function startControls() {
  byId("known").addEventListener("change", ({ target }) => change({ known: target.value }));
  for (const id of ["returns", "candidates"]) byId(id).addEventListener("change", ({ target }) => change({ [id]: target.checked }));
  byId("taken-back").addEventListener("change", ({ target }) => change({ takenBack: target.checked }));
  byId("days").addEventListener("change", ({ target }) => change({ days: Number(target.value) }));
  byId("last-day").addEventListener("change", ({ target }) => { if (target.value && target.validity.valid) change({ day: dayNumber(target.value) }); });
  byId("country-close").addEventListener("click", closeCountry);
  byId("more").addEventListener("click", showMore);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && view.country) closeCountry(); });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the part of the address after # is the view
    byId("alert-section").focus();
  });
  byId("to-help").addEventListener("click", () => {
    for (const part of document.querySelectorAll("footer details")) part.open = true;
    byId("help").scrollIntoView();
    byId("help").querySelector("summary").focus({ preventScroll: true });
  });
  addEventListener("popstate", readAddress);
}

function closeCountry() {
  const hadFocus = byId("country").contains(document.activeElement);
  filterBy("country", "");
  if (hadFocus) byId("map").focus({ preventScroll: true });
}

// On a phone the alerts come first, in the document too, so that the order of reading is the order of the screen.
function arrange() {
  const isNarrow = document.body.clientWidth <= NARROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
  if (isNarrow === arranged) return;
  arranged = isNarrow;
  const main = byId("alert-section").parentNode;
  document.body.classList.toggle("narrow", isNarrow);
  if (isNarrow) main.insertBefore(byId("alert-section"), byId("world"));
  else main.append(byId("alert-section"));
  byId("filters").open = !isNarrow;
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
new ResizeObserver(() => setTimeout(arrange)).observe(document.body); // later, because it changes the size again
arrange();
startControls();
startFilterBox();
startSharing();
startAlertPanel();
startPanels();
startGroupPanel();
startChanges();
startMonths();
readAddress();
startMap(draw);
connect(refresh);
setInterval(retryFailed, RETRY_MS);
