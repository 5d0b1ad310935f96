// The list of alerts, updated live. Everything that arrives is other people's text: it is inserted as text, never as markup.

import { CAUSES, COUNTRIES, FIELDS, GRADES, KINDS, STATUSES, WITH_ARTICLE } from "/page/labels.js";
import { showAlert, startMap } from "/page/map.js";

const PAGE_LENGTH = 100;
const STATE_WORDS = {
  "connecting": "Connecting",
  "catching-up": "Catching up",
  "caught-up": "Live",
  "kafka-away": "Kafka is unreachable; showing the last known alerts",
  "lost": "Connection lost; reconnecting",
};

const alerts = new Map(); // alert_id -> {latest, reported, notable, proven, order, card, rendered}
const byId = (id) => document.getElementById(id);
const list = byId("alerts");
let state = "connecting";
let limit = PAGE_LENGTH;
let scheduled = false;
let behind = 0; // records that the server still has to read
let total = 0; // alerts on record
let older = null; // where the next page of older alerts begins; null: all are loaded
let position = "beginning"; // where the event stream continues
let country = ""; // selected on the map: only its alerts are listed
let fresh = []; // alerts that arrived live since the last rendering

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const timeFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

// Removes invisible characters that reverse the reading order, with which "exe.gpj" could pass for "jpg.exe".
const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
const asDate = (day) => new Date(`${day}T00:00:00Z`);
const counted = (n, noun, plural = `${noun}s`) => `${n.toLocaleString("en")} ${n === 1 ? noun : plural}`;
const daysBetween = (first, second) => Math.round((asDate(second) - asDate(first)) / 86_400_000);
const inCountry = (name) => (WITH_ARTICLE.includes(name) ? `the ${name}` : name);
const formatDays = (first, last) =>
  dayFormat.formatRange(asDate(first), asDate(last)); // formatRange() writes a shared month or year once
// A report may give a month or a year only, so the day is uncertain.
const oneDay = (day) => dayFormat.format(asDate(day));
const someDay = (first, last) => (first === last ? oneDay(first) : `some day from ${oneDay(first)} to ${oneDay(last)}`);
const formatOccurred = (first, beginsBy, endsFrom, last) => {
  if (beginsBy === last && endsFrom === first) return someDay(first, last);
  return beginsBy === first && endsFrom === last
    ? formatDays(first, last)
    : `${someDay(first, beginsBy)}, until ${someDay(endsFrom, last)}`;
};
const alertDays = (alert) =>
  formatOccurred(alert.first_day, alert.begins_by ?? alert.first_day, alert.ends_from ?? alert.last_day, alert.last_day);
const sightingDays = (sighting) =>
  sighting.begins_by > sighting.first_day ? someDay(sighting.first_day, sighting.last_day) : alertDays(sighting);
const formatInstant = (text) => `${dayFormat.format(new Date(text))}, ${timeFormat.format(new Date(text))} UTC`;

function kindWords(alert) {
  const { headline, headline_after_gap: afterGap } = KINDS[alert.kind];
  return afterGap && alert.why.previous_last_day ? afterGap.replace("{gap}", gapWords(alert, "", "to")) : headline;
}

function gapWords(alert, between = "between ", and = "and") {
  const { previous_last_day: last, previous_ends_from: earliest } = alert.why;
  const least = daysBetween(last, alert.first_day);
  const most = daysBetween(earliest ?? last, alert.begins_by ?? alert.first_day);
  return least === most ? counted(least, "day") : `${between}${least.toLocaleString("en")} ${and} ${counted(most, "day")}`;
}

const placeWords = (alert) => (alert.kind === "spread" ? plain(alert.region) : inCountry(alert.country_name));

function whyWords(alert) {
  if (alert.kind === "spread") {
    return [`First seen in ${alert.countries.map((code) => inCountry(COUNTRIES[code] ?? code)).join(", ")}: ${alert.country_name} is the third country within 30 days.`];
  }
  const { previous_last_day: previous, previous_ends_from: earliest } = alert.why;
  return previous
    ? [`Last seen there on ${someDay(earliest ?? previous, previous)}, ${gapWords(alert)} earlier.`]
    : ["No earlier sighting of ", isolated(alert.group), ` in ${inCountry(alert.country_name)} is on record.`];
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null)); // append() inserts strings as text
  return made;
}

// Isolates a text, so that its writing direction does not reorder the words around it.
const isolated = (text) => element("bdi", {}, plain(text));

const gradeWords = ([reliability, credibility]) => `${GRADES[reliability]}, ${GRADES[credibility]}`;

function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

function evidenceItem(sighting) {
  const title = sighting.title || `Report ${sighting.source}/${sighting.id}`;
  const url = sighting.url ? webAddress(sighting.url) : null;
  const heading = url
    ? element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, isolated(title))
    : isolated(title);
  const place = [sighting.place, sighting.admin1].filter(Boolean).join(", ");
  const facts = [
    place ? isolated(place) : "place not stated",
    sightingDays(sighting),
    element("span", {}, "origin: ", sighting.origin ? isolated(sighting.origin) : "not named"),
    sighting.kind === "other" ? null : sighting.kind,
    sighting.grade ? element("abbr", { title: gradeWords(sighting.grade) }, `grade ${sighting.grade}`) : null,
    // The host is shown beside the title, because a title can name any site.
    url ? element("span", { class: "site" }, url.host) : null,
  ].filter(Boolean);
  return element("li", {},
    element("p", { class: "report" }, heading),
    element("ul", { class: "facts" }, ...facts.map((fact) => element("li", {}, fact))),
    sighting.doubt ? element("p", { class: "doubt" }, "In doubt: ", isolated(sighting.doubt)) : null,
  );
}

function evidence(alert, open) {
  const all = alert.why.sightings;
  if (!all.length) return null;
  const details = element("details", {},
    element("summary", {}, `Evidence: ${counted(all.length, "sighting")}`),
    element("ul", { class: "evidence" }, ...all.map(evidenceItem)),
  );
  details.open = open;
  return details;
}

const VALUES = {
  kind: (value) => KINDS[value]?.noun ?? value,
  status: (value) => STATUSES[value]?.adjective ?? value,
};
const valueWords = (field, value) => (value ? VALUES[field]?.(value) ?? value : "none");

function changes(alert) {
  if (!alert.changes.length) return null;
  const because = alert.cause.sighting ? `${alert.cause.sighting.source}/${alert.cause.sighting.id}` : (alert.cause.groups ?? []).join(", ");
  return element("p", { class: "changed" },
    `Last change, because ${CAUSES[alert.cause.what]} (`, isolated(because), "): ",
    ...alert.changes.flatMap(({ what, old, new: now }, index) => [
      `${index ? "; " : ""}${FIELDS[what]} `, element("s", {}, isolated(valueWords(what, old))), " ", isolated(valueWords(what, now)),
    ]),
  );
}

const fact = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, ...value));

function render(entry) {
  const alert = entry.latest;
  const card = entry.card ?? element("li");
  const isValid = alert.status === "confirmed" || alert.status === "candidate";
  const open = card.querySelector("details")?.open ?? alert.why.sightings.length === 1;
  // Rendering again replaces the focused element: restore the focus afterwards.
  const focusable = () => [...card.querySelectorAll("a, summary")];
  const focused = focusable().indexOf(document.activeElement);
  const headline = [isolated(alert.group), ` in ${placeWords(alert)}`];
  card.className = `alert ${KINDS[alert.kind].category} ${alert.status}`;
  card.replaceChildren(element("article", {},
    element("h3", {},
      element("span", { class: "kind" }, element(isValid ? "span" : "s", {}, kindWords(alert))),
      element(isValid ? "span" : "s", { class: "headline" }, ...headline),
    ),
    alert.status === "confirmed" ? null : element("p", { class: "status" }, STATUSES[alert.status].sentence),
    element("p", { class: "why" }, element(isValid ? "span" : "s", {}, ...whyWords(alert))),
    alert.by_affiliation.length
      ? element("p", { class: "affiliation" }, "By affiliation: ", isolated(alert.by_affiliation.join(", ")))
      : null,
    ...alert.doubts.map((doubt) => element("p", { class: "doubt" }, "In doubt: ", isolated(doubt))),
    element("dl", {},
      fact("Occurred", alertDays(alert)),
      fact("Reported", element("time", { datetime: entry.reported }, formatInstant(entry.reported))),
      fact("Region", isolated(alert.region)),
      alert.status === "confirmed" ? fact("Status", STATUSES.confirmed.sentence) : null,
      fact("Reported by", counted(alert.why.origins, "independent origin")),
      alert.revision > 1
        ? fact("Last changed", element("time", { datetime: alert.arrived }, formatInstant(alert.arrived)))
        : null,
    ),
    changes(alert),
    evidence(alert, open),
  ));
  if (focused >= 0) focusable()[focused]?.focus();
  entry.card = card;
  entry.rendered = alert;
}

function take(event, published = event.arrived, order = total + alerts.size) {
  const known = alerts.get(event.alert_id);
  if (known && event.revision <= known.latest.revision) return; // received again after a reconnect
  const notable = KINDS[event.kind].by_default;
  const proven = event.status === "confirmed";
  if (known) {
    known.latest = event;
    known.notable ||= notable; // a correction does not hide an alert that was shown
    known.proven ||= proven;
  } else {
    alerts.set(event.alert_id, { latest: event, reported: published, notable, proven: proven || event.status !== "candidate", order });
  }
  schedule();
}

// Takes a live event. For an alert that is not loaded, its earlier events say when it was first reported.
async function receive(event) {
  const isNew = !alerts.has(event.alert_id);
  if (isNew && event.revision > 1) {
    const response = await fetch(`/api/v1/alerts/${encodeURIComponent(event.alert_id)}`);
    const first = response.ok ? (await response.json()).events[0] : event;
    take(event, first.arrived, 0);
  } else {
    take(event);
    if (isNew && state === "caught-up") fresh.push(alerts.get(event.alert_id));
  }
  if (state === "caught-up") showAlert(event);
}

async function load({ filter = "kind:all", before = null } = {}) {
  const query = new URLSearchParams({ filter, limit: PAGE_LENGTH });
  if (before !== null) query.set("before", before);
  const response = await fetch(`/api/v1/alerts?${query}`);
  if (!response.ok) throw new Error(`The alerts cannot be loaded (status ${response.status})`);
  const page = await response.json();
  for (const alert of page.alerts) take(alert, alert.published, alert.number);
  return page;
}

async function loadOlder() {
  const page = await load({ before: older });
  older = page.next_before;
  return page;
}

function setState(next) {
  state = next;
  schedule();
}

function schedule() {
  if (scheduled) return;
  scheduled = true;
  // A timer, because a hidden tab gets no animation frames and must be up to date when it is opened.
  setTimeout(() => { scheduled = false; show(); }, 50);
}

function show() {
  const isSelected = (entry) =>
    (!country || entry.latest.country === country || (entry.latest.countries ?? []).includes(country)) &&
    (entry.notable || byId("returns").checked) && (entry.proven || byId("candidates").checked);
  const visible = [...alerts.values()]
    .filter(isSelected)
    .sort((a, b) => Date.parse(b.reported) - Date.parse(a.reported) || b.order - a.order);
  place(visible.slice(0, limit));
  byId("more").hidden = visible.length <= limit && older === null;
  showStatus(visible.length);
  showEmpty(visible.length);
  announce(fresh.filter(isSelected));
  fresh = [];
}

function place(entries) {
  let at = list.firstElementChild;
  for (const entry of entries) {
    if (entry.rendered !== entry.latest) render(entry);
    if (fresh.includes(entry)) entry.card.classList.add("fresh");
    if (entry.card === at) at = at.nextElementSibling;
    else list.insertBefore(entry.card, at);
  }
  while (at) {
    const next = at.nextElementSibling;
    at.remove();
    at = next;
  }
}

function showStatus(shown) {
  const hidden = Math.max(total, alerts.size) - shown;
  const count = counted(shown, "alert") + (hidden ? `, ${hidden.toLocaleString("en")} hidden` : "");
  byId("status").className = state;
  const left = state === "catching-up" && behind ? `, ${counted(behind, "record")} left` : "";
  byId("status-words").textContent = `${STATE_WORDS[state]}${left} · ${count}`;
}

function showEmpty(shown) {
  byId("empty").hidden = shown > 0 || state === "connecting" || state === "catching-up";
  const offline = state !== "caught-up";
  byId("empty-title").textContent = offline ? "Nothing to show yet" : "No alerts yet";
  byId("empty-words").textContent = offline
    ? "Alerts appear here once the connection is restored."
    : alerts.size
      ? "There are only returns and candidates; tick the boxes above to see them."
      : "No alert is on record.";
  byId("empty-how").hidden = offline;
}

function announce(entries) {
  if (!entries.length) return;
  const words = ({ latest }) => `${kindWords(latest)}: ${plain(latest.group)} in ${placeWords(latest)}.`;
  byId("news").textContent =
    entries.length > 3 ? `${entries.length} new alerts.` : entries.map(words).join(" ");
}

function connect() {
  const source = new EventSource(`/api/v1/events?from=${position}`);
  source.addEventListener("alert", (message) => {
    position = message.lastEventId;
    receive(JSON.parse(message.data));
  });
  for (const name of ["catching-up", "caught-up", "kafka-away"]) {
    source.addEventListener(name, (message) => { ({ alerts: total, behind } = JSON.parse(message.data)); setState(name); });
  }
  source.onopen = () => setState("catching-up");
  source.onerror = () => {
    setState("lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000); // the browser has given up
  };
}

for (const box of ["returns", "candidates"]) byId(box).addEventListener("change", () => { limit = PAGE_LENGTH; show(); });
document.addEventListener("country", (event) => {
  country = event.detail;
  limit = PAGE_LENGTH;
  if (country) load({ filter: `country:${country} kind:all` }).catch(() => setState("lost"));
  schedule();
});
byId("more").addEventListener("click", async () => {
  limit += PAGE_LENGTH;
  if (older !== null) await loadOlder().catch(() => setState("lost"));
  show();
});

async function begin() {
  try {
    ({ position } = await loadOlder());
  } catch {
    setState("lost");
    return setTimeout(begin, 3000);
  }
  connect();
}

startMap().catch((error) => console.error("The map cannot be shown:", error));
begin();
