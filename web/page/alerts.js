// The alerts that the page has loaded, kept up to date by the event stream, and the ones that the view selects.

import { withKinds } from "/page/filter.js";
import { KINDS, STATUSES } from "/page/labels.js";
import { LoadError, requestJson } from "/page/loading.js";
import { dayNumber, dayText } from "/page/text.js";
import { firstDay, isInWindow, showsReturns, view } from "/page/view.js";

const PAGE_LENGTH = 100;
const RECONNECT_MS = 3000;
// The server decides later whether a filter selects an alert, so the stream has every kind.
const EVENTS = `/api/v1/events?filter=${encodeURIComponent(`kind:${Object.values(KINDS).map((kind) => kind.filter_names[0])}`)}`;
export const NEWS_KINDS = `kind:${Object.values(KINDS).filter((kind) => kind.by_default).map((kind) => kind.filter_names[0])}`;

// State of the stream: connecting, catching-up, caught-up, kafka-away or lost. `behind`: offsets left to read.
// `lastAlert`: when the last alert was reported. `lostAt`: since when the page is no longer up to date.
export const stream = { state: "connecting", total: 0, behind: 0, lastAlert: "", lostAt: "" };
// What is uncertain while the server or Kafka is unreachable. It ends a sentence.
export const unsure = () => (stream.state === "lost" || stream.state === "kafka-away" ? ", as far as was known before the connection was lost" : "");

export const linked = { status: "none", problem: "", id: "", events: [] }; // the alert that the address names

const alerts = new Map(); // alert_id -> {latest, reported, announced, number}, as known now
let drawn = new Map(); // the entries that are shown
let queries = new Map(); // address -> {status, problem, before, filter, isThen, isOld, entries: alert_id -> entry}
let latest = new Map(); // filter -> {status, alert, isHidden}
let liveNumber = 1e9; // above the numbers of the alerts on record: live alerts are the newest
let changed = () => {};
let arrived = () => {};

// `changed` is called after each change, `arrived` with each entry that arrives live.
export function onAlerts(listeners) {
  ({ changed, arrived } = listeners);
}

// Returns the parameters that select the alerts of the view from /api/v1/alerts.
export function alertParameters() {
  const params = new URLSearchParams({
    filter: withKinds(view.filter, "kind:all"), first: dayText(firstDay()), last: dayText(view.day),
  });
  if (view.known === "then") params.set("as_of", dayText(view.day));
  if (view.takenBack) params.set("status", "taken-back");
  return params;
}

const currentQuery = () => queries.get(String(alertParameters()));

export function query() {
  return currentQuery() ?? { status: "loading", before: null, entries: new Map() };
}

// Loads the alerts of the view, unless they are loaded.
export async function loadAlerts() {
  const known = currentQuery();
  if (known && !known.isOld) return;
  const params = alertParameters();
  const started = known ?? { status: "loading", problem: "", before: null, entries: new Map(), isThen: view.known === "then", filter: view.filter };
  started.isOld = false;
  queries.set(String(params), started);
  changed();
  await loadPage(started, params);
}

async function loadPage(started, params, before = null) {
  const address = new URLSearchParams(params);
  address.set("limit", PAGE_LENGTH);
  address.set("expand", "evidence");
  if (before !== null) address.set("before", before);
  try {
    const page = await requestJson(`/api/v1/alerts?${address}`);
    if (before === null) started.entries.clear();
    for (const alert of page.alerts) {
      // As known now all queries share the entries that the stream updates.
      const entries = started.isThen ? started.entries : alerts;
      const entry = take(entries, alert, { reported: alert.published, announced: alert.announced, number: alert.number });
      started.entries.set(alert.alert_id, entry);
    }
    Object.assign(started, { status: "ready", problem: "", before: page.next_before });
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    Object.assign(started, { status: "failed", problem: error.message });
  }
  changed();
}

export function loadMore() {
  const started = currentQuery();
  return started?.before ? loadPage(started, alertParameters(), started.before) : null;
}

export function retryAlerts() {
  queries.delete(String(alertParameters()));
  return loadAlerts();
}

// Loads everything again that an interrupted stream may have missed.
export function forgetQueries() {
  queries = new Map();
  latest = new Map();
}

function take(entries, event, { reported = event.arrived, announced = null, number = ++liveNumber } = {}) {
  const known = entries.get(event.alert_id);
  if (known && event.revision < known.latest.revision) return known;
  const confirmed = event.status === "confirmed" ? event.kind : null;
  if (known) {
    known.latest = event;
    known.announced ??= announced ?? confirmed;
    known.number ||= number;
    return known;
  }
  const entry = { latest: event, reported, announced: announced ?? confirmed, number };
  entries.set(event.alert_id, entry);
  return entry;
}

// Returns the entry of an alert, given its events.
export function entryOf(events) {
  const announced = events.find((event) => event.status === "confirmed")?.kind ?? null;
  return { latest: events.at(-1), reported: events[0].arrived, announced, number: 0 };
}

function takeHistory(events) {
  const { latest, ...known } = entryOf(events);
  return take(alerts, latest, known);
}

// Takes a live event. For an alert that is not loaded, its earlier events say when and as what it was first reported.
async function receive(event) {
  const isNew = !alerts.has(event.alert_id);
  let entry;
  if (isNew && event.revision > 1) {
    const history = await requestJson(`/api/v1/alerts/${encodeURIComponent(event.alert_id)}`).catch(() => null);
    entry = history ? takeHistory(history.events) : take(alerts, event);
  } else {
    entry = take(alerts, event);
  }
  for (const known of queries.values()) {
    if (known.isThen) continue;
    if (known.filter) known.isOld = true; // the server knows whether it selects the alert
    else if (!event.area) known.entries.set(event.alert_id, entry); // like the server: areas of users only on request
  }
  if (linked.status === "ready" && linked.events[0].alert_id === event.alert_id) linked.events.push(event);
  if (stream.state === "caught-up") {
    latest = new Map();
    if (event.revision === 1) stream.lastAlert = event.arrived;
    arrived(entry, isNew && event.revision === 1);
  }
  changed();
}

// Loads the events of the alert that the address names by the beginning of its id, unless they are loaded.
export async function loadLinked() {
  const id = view.alert;
  if (linked.id === id && linked.status !== "failed") return;
  Object.assign(linked, { status: id ? "loading" : "none", problem: "", id, events: [] });
  changed();
  if (!id) return;
  try {
    const { events } = await requestJson(`/api/v1/alerts/${encodeURIComponent(id)}`);
    if (linked.id !== id) return;
    takeHistory(events);
    Object.assign(linked, { status: "ready", events });
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    if (linked.id === id) Object.assign(linked, { status: "failed", problem: error.message });
  }
  changed();
}

// Returns the events of the alert that the address names, as the view knows them.
export const linkedEvents = () => (view.known === "now" ? linked.events
  : linked.events.filter(({ arrived: at }) => dayNumber(at.slice(0, 10)) <= view.day));

export const linkedAlert = () => (view.alert ? linkedEvents().at(-1) ?? null : null);

const isUnproven = (entry) => entry.announced === null;
// What was announced as news stays in view after a correction to a return.
export const isReturn = (entry) => !isUnproven(entry) && !KINDS[entry.announced].by_default && !KINDS[entry.latest.kind].by_default;

// What the view leaves out, for the parameter `without`, by which the server leaves out the same.
export const leftOut = () => [...(showsReturns() ? [] : ["returns"]), ...(view.candidates ? [] : ["candidates"])];
export const isShown = (entry) => (view.candidates || !isUnproven(entry)) && (showsReturns() || !isReturn(entry));

// Returns the alerts of the view, newest first, and how many returns and candidates it leaves out.
export function selectAlerts() {
  const { status, entries } = query();
  if (status === "ready" || entries.size) drawn = entries; // until then the previous alerts stay, dimmed
  const selected = [...drawn.values()].filter(({ latest }) =>
    isInWindow(dayNumber(latest.first_day)) && (!view.takenBack || STATUSES[latest.status].is_taken_back));
  const shown = selected.filter(isShown)
    .sort((a, b) => Date.parse(b.reported) - Date.parse(a.reported) || b.number - a.number);
  const hidden = selected.filter((entry) => !isShown(entry));
  return { shown, returns: hidden.filter(isReturn).length, candidates: hidden.filter(isUnproven).length };
}

// A key that is the same for the alerts that one sighting raised for a faction and for the groups that it belongs to.
function triggerOf({ latest: { status, kind, area, country, cause: { sighting } } }) {
  return sighting && status === "confirmed" ? [sighting.source, sighting.id, sighting.revision, country, area ?? "", kind === "spread"].join("|") : "";
}

// Returns alerts without those of parents whose faction is among them, and faction -> those parents, as messages do.
export function byFamily(entries) {
  const byTrigger = new Map(), parents = new Map();
  for (const entry of entries) {
    const trigger = triggerOf(entry);
    if (trigger) byTrigger.set(trigger, [...(byTrigger.get(trigger) ?? []), entry]);
  }
  const factions = new Map(); // parent -> faction
  for (const kin of byTrigger.values()) {
    for (const parent of kin) {
      const faction = kin.find(({ latest }) => parent.latest.by_affiliation.includes(latest.group));
      if (!faction || faction === parent) continue;
      factions.set(parent, faction);
      parents.set(faction, [...(parents.get(faction) ?? []), parent]);
    }
  }
  return { heads: [...new Set(entries.map((entry) => factions.get(entry) ?? entry))], parents }; // the place of its first alert
}

// Loads when the last alert of all was first reported.
export async function loadLastAlert() {
  const { alerts: [last] } = await requestJson("/api/v1/alerts?limit=1").catch(() => ({ alerts: [] }));
  if (last) stream.lastAlert = last.published;
  changed();
}

// Returns the latest alert of the filter in any window as {status, alert, isHidden}, and loads it on first use.
// `isHidden`: only alerts that the view leaves out, returns or candidates, match the filter.
export function latestAlert(takenBack = false) {
  const name = JSON.stringify([view.filter, takenBack, leftOut(), view.known === "then" && view.day]);
  if (!latest.has(name)) {
    const state = { status: "loading", alert: null, isHidden: false };
    latest.set(name, state);
    loadLatest(state, takenBack, [leftOut(), []]);
  }
  return latest.get(name);
}

async function loadLatest(state, takenBack, attempts) {
  const { filter } = view, asOf = view.known === "then" ? dayText(view.day) : "";
  try {
    for (const [attempt, without] of attempts.entries()) {
      const params = new URLSearchParams({ filter: withKinds(filter, "kind:all"), limit: 1 });
      if (takenBack) params.set("status", "taken-back");
      for (const left of without) params.append("without", left);
      if (asOf) params.set("as_of", asOf);
      const { alerts: [found] } = await requestJson(`/api/v1/alerts?${params}`);
      if (!found) continue;
      Object.assign(state, { alert: found, isHidden: attempt > 0 });
      break;
    }
    state.status = "ready";
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    state.status = "failed";
  }
  changed();
}

// Opens the event stream. `refresh` is called whenever what is loaded may have missed an event.
export function connect(refresh) {
  let source = null;
  const open = () => {
    source?.close();
    source = new EventSource(EVENTS);
    source.addEventListener("alert", (message) => receive(JSON.parse(message.data)));
    for (const name of ["catching-up", "caught-up", "kafka-away"]) source.addEventListener(name, (message) => heard(name, JSON.parse(message.data), refresh));
    source.onopen = refresh;
    source.onerror = () => {
      if (stream.state === "connecting") refresh(); // the first load does not wait for the stream
      lose();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, RECONNECT_MS); // the browser gave up
    };
  };
  open();
  addEventListener("offline", lose);
  addEventListener("online", open);
}

function heard(state, { alerts: total, behind }, refresh) {
  const wasCatchingUp = stream.state === "catching-up";
  Object.assign(stream, { state, total, behind });
  if (wasCatchingUp && state === "caught-up") refresh();
  changed();
}

function lose() {
  if (stream.state !== "lost") stream.lostAt = new Date().toISOString();
  stream.state = "lost";
  changed();
}
