// Alerts as they come. Everything that arrives is somebody else's text: it is set as text, never as mark-up.

import { CAUSES, FIELDS, GRADES, KINDS, STATUSES, WITH_ARTICLE } from "/page/labels.js";
import { news as showOnMap, start } from "/page/map.js";

const PAGE_LENGTH = 100;
const STATE_WORDS = {
  "connecting": "Connecting",
  "catching-up": "Catching up",
  "caught-up": "Live",
  "kafka-away": "Kafka is away; shown is what was known before",
  "lost": "Connection lost; trying again",
};

const alerts = new Map(); // alert_id -> {latest, reported, notable, order, card, drawn}
const byId = (id) => document.getElementById(id);
const list = byId("alerts");
let state = "connecting";
let limit = PAGE_LENGTH;
let scheduled = false;
let behind = 0; // records that the server has left to read
let total = 0; // alerts on record
let older = null; // where the next page of them begins; null: all are here
let position = "beginning"; // where the stream goes on
let country = ""; // chosen on the map: only its alerts are listed
let fresh = []; // alerts that came live since the last drawing

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const timeFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

// Invisible characters that turn the reading order round: "exe.gpj" could pass for "jpg.exe".
const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
const asDate = (day) => new Date(`${day}T00:00:00Z`);
const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const daysBetween = (first, second) => Math.round((asDate(second) - asDate(first)) / 86_400_000);
const inCountry = (name) => (WITH_ARTICLE.includes(name) ? `the ${name}` : name);
const formatDays = (first, last) =>
  dayFormat.formatRange(asDate(first), asDate(last)); // one day is said once, a common month or year too
// Of a month or a year nobody knows the day: one word for it wherever days stand.
const oneDay = (day) => dayFormat.format(asDate(day));
const someDay = (first, last) => (first === last ? oneDay(first) : `some day from ${oneDay(first)} to ${oneDay(last)}`);
const formatOccurred = (first, beginsBy, endsFrom, last) => {
  if (beginsBy === last && endsFrom === first) return someDay(first, last);
  return beginsBy === first && endsFrom === last
    ? formatDays(first, last)
    : `${someDay(first, beginsBy)}, until ${someDay(endsFrom, last)}`;
};
const occurred = (one) => formatOccurred(one.first_day, one.begins_by ?? one.first_day, one.ends_from ?? one.last_day, one.last_day);
const occurredOnce = (seen) => (seen.begins_by > seen.first_day ? someDay(seen.first_day, seen.last_day) : occurred(seen));
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

const whereWords = (alert) => (alert.kind === "spread" ? plain(alert.region) : inCountry(alert.country_name));

function whyWords(alert) {
  if (alert.kind === "spread") {
    return [`First seen in ${alert.country_names.map(inCountry).join(", ")}: ${alert.country_name} made it three within 30 days.`];
  }
  const { previous_last_day: previous, previous_ends_from: earliest } = alert.why;
  return previous
    ? [`Last on record there on ${someDay(earliest ?? previous, previous)}, ${gapWords(alert)} before.`]
    : ["No earlier sighting of ", isolated(alert.group), ` in ${inCountry(alert.country_name)} is on record.`];
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null)); // append() takes strings as text
  return made;
}

// A text with its own writing direction must not reorder the words around it, nor hide its own order.
const isolated = (text) => element("bdi", {}, plain(text));

function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

function evidenceItem(one) {
  const title = one.title || `Report ${one.source}/${one.id}`;
  const url = one.url ? webAddress(one.url) : null;
  const heading = url
    ? element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, isolated(title))
    : isolated(title);
  const where = [one.place, one.admin1].filter(Boolean).join(", ");
  const facts = [
    where ? isolated(where) : "place not stated",
    occurredOnce(one),
    element("span", {}, "origin: ", one.origin ? isolated(one.origin) : "not named"),
    one.kind === "other" ? null : one.kind,
    one.grade ? element("abbr", { title: `${GRADES[one.grade[0]]}, ${GRADES[one.grade[1]]}` }, `grade ${one.grade}`) : null,
    // The site stands beside the title, because a title can claim any.
    url ? element("span", { class: "site" }, url.host) : null,
  ].filter(Boolean);
  return element("li", {},
    element("p", { class: "report" }, heading),
    element("ul", { class: "facts" }, ...facts.map((fact) => element("li", {}, fact))),
    one.doubt ? element("p", { class: "doubt" }, "In doubt: ", isolated(one.doubt)) : null,
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

function draw(entry) {
  const alert = entry.latest;
  const card = entry.card ?? element("li");
  const stands = alert.status === "confirmed" || alert.status === "candidate";
  const open = card.querySelector("details")?.open ?? alert.why.sightings.length === 1;
  // Drawing anew replaces what the keyboard stands on: come back to the same place.
  const stops = () => [...card.querySelectorAll("a, summary")];
  const focused = stops().indexOf(document.activeElement);
  const headline = [isolated(alert.group), ` in ${whereWords(alert)}`];
  card.className = `alert ${KINDS[alert.kind].category} ${alert.status}`;
  card.replaceChildren(element("article", {},
    element("h3", {},
      element("span", { class: "kind" }, element(stands ? "span" : "s", {}, kindWords(alert))),
      element(stands ? "span" : "s", { class: "headline" }, ...headline),
    ),
    alert.status === "confirmed" ? null : element("p", { class: "status" }, STATUSES[alert.status].sentence),
    element("p", { class: "why" }, element(stands ? "span" : "s", {}, ...whyWords(alert))),
    alert.by_affiliation.length
      ? element("p", { class: "affiliation" }, "By affiliation: ", isolated(alert.by_affiliation.join(", ")))
      : null,
    ...alert.doubts.map((doubt) => element("p", { class: "doubt" }, "In doubt: ", isolated(doubt))),
    element("dl", {},
      fact("Occurred", occurred(alert)),
      fact("Reported", element("time", { datetime: entry.reported }, formatInstant(entry.reported))),
      fact("Region", isolated(alert.region)),
      alert.status === "confirmed" ? fact("Status", STATUSES.confirmed.sentence) : null,
      fact("Attested by", counted(alert.why.origins, "origin")),
      alert.revision > 1
        ? fact("Last changed", element("time", { datetime: alert.arrived }, formatInstant(alert.arrived)))
        : null,
    ),
    changes(alert),
    evidence(alert, open),
  ));
  if (focused >= 0) stops()[focused]?.focus();
  entry.card = card;
  entry.drawn = alert;
}

function take(event, published = event.arrived, order = total + alerts.size) {
  const known = alerts.get(event.alert_id);
  if (known && event.revision <= known.latest.revision) return; // sent again after a reconnect
  const notable = KINDS[event.kind].by_default;
  const proved = event.status === "confirmed";
  if (known) {
    known.latest = event;
    known.notable ||= notable; // what was announced once does not vanish because it was corrected
    known.proved ||= proved;
  } else {
    alerts.set(event.alert_id, { latest: event, reported: published, notable, proved: proved || event.status !== "candidate", order });
  }
  schedule();
}

// An alert that came live: of one that is not here yet only its life says when it was first told.
async function hear(event) {
  const fallsInto = !alerts.has(event.alert_id);
  if (fallsInto && event.revision > 1) {
    const answer = await fetch(`/api/v1/alerts/${encodeURIComponent(event.alert_id)}`);
    const first = answer.ok ? (await answer.json()).events[0] : event;
    take(event, first.arrived, 0);
  } else {
    take(event);
    if (fallsInto && state === "caught-up") fresh.push(alerts.get(event.alert_id));
  }
  if (state === "caught-up") showOnMap(event);
}

async function load({ filter = "kind:all", before = null } = {}) {
  const asking = new URLSearchParams({ filter, limit: PAGE_LENGTH });
  if (before !== null) asking.set("before", before);
  const answer = await fetch(`/api/v1/alerts?${asking}`);
  if (!answer.ok) throw new Error(`the alerts cannot be read (${answer.status})`);
  const told = await answer.json();
  for (const one of told.alerts) take(one, one.published, one.number);
  return told;
}

async function loadOlder() {
  const told = await load({ before: older });
  older = told.next_before;
  return told;
}

function become(next) {
  state = next;
  schedule();
}

function schedule() {
  if (scheduled) return;
  scheduled = true;
  // A hidden tab gets no animation frames, but its alerts are to be there when it is looked at.
  setTimeout(() => { scheduled = false; show(); }, 50);
}

function show() {
  const wanted = (entry) =>
    (!country || entry.latest.country === country || (entry.latest.countries ?? []).includes(country)) &&
    (entry.notable || byId("returns").checked) && (entry.proved || byId("candidates").checked);
  const visible = [...alerts.values()]
    .filter(wanted)
    .sort((a, b) => Date.parse(b.reported) - Date.parse(a.reported) || b.order - a.order);
  place(visible.slice(0, limit));
  byId("more").hidden = visible.length <= limit && older === null;
  showStatus(visible.length);
  showEmpty(visible.length);
  announce(fresh.filter(wanted));
  fresh = [];
}

function place(entries) {
  let at = list.firstElementChild;
  for (const entry of entries) {
    if (entry.drawn !== entry.latest) draw(entry);
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
  const count = counted(shown, "alert") + (hidden ? ` and ${hidden.toLocaleString("en")} not shown` : "");
  byId("status").className = state;
  const left = state === "catching-up" && behind ? `, ${counted(behind, "record")} left` : "";
  byId("status-words").textContent = `${STATE_WORDS[state]}${left} · ${count}`;
}

function showEmpty(shown) {
  byId("empty").hidden = shown > 0 || state === "connecting" || state === "catching-up";
  const away = state !== "caught-up";
  byId("empty-title").textContent = away ? "Nothing to show yet" : "No alerts yet";
  byId("empty-words").textContent = away
    ? "Alerts appear here as soon as the connection is back."
    : alerts.size
      ? "All that is known are returns and candidates; tick the boxes above to see them."
      : "Nothing new is on record.";
  byId("empty-how").hidden = away;
}

function announce(entries) {
  if (!entries.length) return;
  const words = ({ latest }) => `${kindWords(latest)}: ${plain(latest.group)} in ${whereWords(latest)}.`;
  byId("news").textContent =
    entries.length > 3 ? `${entries.length} new alerts.` : entries.map(words).join(" ");
}

function connect() {
  const source = new EventSource(`/api/v1/events?from=${position}`);
  source.addEventListener("alert", (message) => {
    position = message.lastEventId;
    hear(JSON.parse(message.data));
  });
  for (const name of ["catching-up", "caught-up", "kafka-away"]) {
    source.addEventListener(name, (message) => { ({ alerts: total, behind } = JSON.parse(message.data)); become(name); });
  }
  source.onopen = () => become("catching-up");
  source.onerror = () => {
    become("lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000); // the browser gave up; we do not
  };
}

for (const box of ["returns", "candidates"]) byId(box).addEventListener("change", () => { limit = PAGE_LENGTH; show(); });
document.addEventListener("country", (event) => {
  country = event.detail;
  limit = PAGE_LENGTH;
  if (country) load({ filter: `country:${country} kind:all` }).catch(() => become("lost"));
  schedule();
});
byId("more").addEventListener("click", async () => {
  limit += PAGE_LENGTH;
  if (older !== null) await loadOlder().catch(() => become("lost"));
  show();
});

async function begin() {
  try {
    ({ position } = await loadOlder());
  } catch {
    become("lost");
    return setTimeout(begin, 3000);
  }
  connect();
}

start().catch((error) => console.error("The map cannot be shown:", error));
begin();
