// The list of alerts, its filter chips, and what it says when it is loading, failed, empty or filtered.

import { drawCard, news } from "/page/alert_card.js";
import { alertParameters, byFamily, latestAlert, loadMore, query, retryAlerts, selectAlerts, stream, unsure } from "/page/alerts.js";
import { parse, termWords, withoutTerm, withValue } from "/page/filter.js";
import { STATUSES } from "/page/labels.js";
import { focusInstead, showState } from "/page/loading.js";
import { presence, rowsIn, selectedDifferences, thenState } from "/page/presence.js";
import { say, sayAtRest } from "/page/speech.js";
import { button, byId, counted, countryName, dayInWords, dayNumber, element, hiddenInWords, inCountry, joined, plain, shortInstant } from "/page/text.js";
import { change, clearFilter, isFiltered, mapFilter, view } from "/page/view.js";

const STREAM_WORDS = {
  "connecting": "Connecting",
  "catching-up": "Catching up",
  "caught-up": "Live",
  "kafka-away": "Kafka is unreachable; showing the last known alerts",
};

const FRESH_MS = 60_000;

const NARROW_LIMIT = 10; // the map follows the list
let limit = 100;
let limited = ""; // the selection that the limit belongs to
const fresh = new Map(); // entry that arrived live and is not announced -> the time until which it is news

// A filtered list shows a live alert only once the server has selected it.
export const markFresh = (entry) => fresh.set(entry, Date.now() + FRESH_MS);

export function showMore() {
  limit += 100;
  loadMore();
  showList();
}

const windowWords = () => `in the ${view.days} days up to ${dayInWords(view.day)}`;
const filterWords = () => {
  if (view.country && !mapFilter()) return countryName(view.country);
  return view.filter === withValue("", "group", view.group) ? plain(view.group) : `the filter ${plain(view.filter)}`;
};

export function showList() {
  const selection = String(alertParameters());
  if (limited !== selection) [limited, limit] = [selection, document.body.classList.contains("narrow") ? NARROW_LIMIT : 100];
  const { shown, returns, candidates } = selectAlerts();
  const { heads, parents } = byFamily(shown), entries = heads.slice(0, limit);
  place(entries, parents);
  byId("more").hidden = heads.length <= limit && !query().before;
  byId("more").textContent = query().before ? "Show more alerts" : `Show ${heads.length - limit} more`;
  const state = listState(entries.length, returns, candidates);
  showChips(shown, shown.length - heads.length, returns, candidates);
  showStatus();
  showState(byId("link-state"), null, problemsState());
  showState(byId("list-state"), byId("alerts"), state);
  sayAtRest(state?.kind === "loading" ? "" : [state ? state.words : byId("count").textContent, differenceWords()].filter(Boolean).join(" "));
  announce([...fresh.keys()].filter((entry) => shown.includes(entry)));
  for (const [entry, until] of fresh) if (shown.includes(entry) || until < Date.now()) fresh.delete(entry);
}

function differenceWords() {
  if (view.known === "now" || thenState().status !== "ready") return "";
  return `${counted(selectedDifferences().length, "difference")} from what is known now.`;
}

function place(entries, parents) {
  const list = byId("alerts");
  let at = list.firstElementChild;
  for (const entry of entries) {
    entry.card ??= element("li", { tabindex: "-1" });
    const drawn = [entry, ...(parents.get(entry) ?? [])].map(({ latest }) => latest);
    if (drawn.some((latest, index) => latest !== entry.drawn?.[index]) || drawn.length !== entry.drawn.length) {
      drawCard(entry.card, entry, drawn.slice(1));
    }
    entry.drawn = drawn;
    if (fresh.has(entry)) entry.card.classList.add("fresh");
    if (entry.card === at) at = at.nextElementSibling;
    else list.insertBefore(entry.card, at);
  }
  while (at) {
    const next = at.nextElementSibling;
    at.remove();
    at = next;
  }
}

function problemsState() {
  if (!view.problems.length) return null;
  return { kind: "failed", words: view.problems.join(" "), actions: [["Dismiss", () => change({ problems: [] })]] };
}

function listState(count, returns, candidates) {
  const { status, problem } = query();
  if (status === "failed") {
    const kept = count ? " The list may be incomplete." : "";
    return { kind: "failed", words: `Cannot load the alerts: ${problem}.${kept}`, actions: [["Retry", retryAlerts]] };
  }
  if (status === "loading") return { kind: "loading", words: "Loading the alerts …" };
  if (stream.state === "catching-up") return { kind: "loading", words: "The server is still reading its records: alerts may be missing." };
  if (count) return null;
  if (stream.state === "kafka-away" && !stream.total) {
    return { kind: "failed", words: "The server cannot reach Kafka and has no alerts yet. They appear here once it can." };
  }
  if ((returns || candidates) && !view.takenBack) {
    const found = hiddenWords(returns, candidates);
    return { kind: "filtered", words: `No alert ${windowWords()}, except ${hiddenInWords(found, returns + candidates)}.`, actions: [["Show", () => showHidden(returns, candidates)]] };
  }
  return nothingState("alert", view.takenBack);
}

const hiddenWords = (returns, candidates) => joined([
  returns && counted(returns, "alert of a return", "alerts of returns"), candidates && counted(candidates, "candidate"),
].filter(Boolean));

const showHidden = (returns, candidates) =>
  change({ returns: view.returns || returns > 0, candidates: view.candidates || candidates > 0 });

// Returns what to say when the window holds nothing: whether the filter is why, and where the latest news is.
export function nothingState(noun, takenBack = false) {
  const clear = isFiltered() ? [["Clear the filter", clearFilter]] : [];
  const latest = latestAlert(takenBack), where = isFiltered() ? ` for ${filterWords()}` : "";
  const kind = isFiltered() ? "filtered" : "empty";
  const nothing = `No ${noun}${where} ${windowWords()}${takenBack ? " was taken back" : ""}${unsure()}.`;
  if (latest.status === "loading") return { kind, words: `${nothing} Looking for the latest …`, actions: clear };
  if (latest.status === "failed") return { kind, words: `${nothing} Cannot look up the latest alert.`, actions: clear };
  if (!latest.alert) return takenBack ? { kind, words: `No alert${where} was ever taken back.`, actions: clear } : noAlertState(kind, where, clear);
  const { alert } = latest;
  const then = dayInWords(newsDay(alert));
  const jump = [latest.isHidden ? "Show it" : "Go there", () => goTo(alert, latest.isHidden)];
  const hidden = latest.isHidden ? " Only returns and candidates are on record." : "";
  return { kind, words: `${nothing}${hidden} The latest was on ${then}: ${news(alert)}.`, actions: [jump, ...clear] };
}

function noAlertState(kind, where, clear) {
  if (!isFiltered()) return { kind: "empty", words: "No alert is on record yet. Publish sightings, and new alerts appear here: firstseen sightings publish FILE" };
  if (presence.status !== "ready" || !view.country || !rowsIn(view.country).length) {
    return { kind, words: `No alert${where} is on record.`, actions: clear };
  }
  return {
    kind, actions: clear,
    words: `No alert${where} was ever raised. The sightings on record in ${inCountry(countryName(view.country))} arrived too long after they occurred, or came from an archive.`,
  };
}

// The window that ends when an alert was reported holds the day on which it began, and what was reported with it.
function newsDay(alert) {
  const first = dayNumber(alert.first_day), reported = dayNumber(alert.published.slice(0, 10));
  return reported >= first && reported - first < view.days ? reported : first;
}

const goTo = (alert, isHidden) => change({
  day: newsDay(alert), ...(isHidden ? { returns: true, candidates: view.candidates || alert.announced === null } : {}),
});

// Returns a number of alerts in words. `parents`: how many of them are on the card of a faction.
function alertsInWords(shown, parents) {
  const gone = view.takenBack ? 0 : shown.filter(({ latest }) => STATUSES[latest.status].is_taken_back).length;
  const notes = [parents && `${parents} by affiliation`, gone && `${gone} taken back`].filter(Boolean);
  return `${counted(shown.length, "alert")}${notes.length ? ` (${notes.join(", ")})` : ""}`;
}

function showChips(shown, parents, returns, candidates) {
  const isKnown = query().status === "ready";
  const atLeast = query().before ? "At least " : "";
  byId("count").textContent = isKnown ? `${atLeast}${alertsInWords(shown, parents)} ${windowWords()} (UTC)` : `Alerts ${windowWords()} (UTC)`;
  const chips = parse(view.filter).flatMap((terms, clause) => [
    ...(clause ? [element("span", {}, "or")] : []),
    ...terms.map((term, place) => chip(plain(termWords(term, countryName)), () => change({ filter: withoutTerm(view.filter, clause, place) }))),
  ]);
  if (view.known === "then") chips.push(chip(`Known: on ${dayInWords(view.day)}`, () => change({ known: "now" })));
  if (view.takenBack) chips.push(chip("Alerts: only taken back", () => change({ takenBack: false })));
  const hidden = hiddenWords(returns, candidates);
  if (hidden && isKnown) chips.push(button(`${hidden} hidden: show`, () => showHidden(returns, candidates), { class: "hint" }));
  if (isFiltered()) chips.push(button("Clear", clearFilter, { class: "clear" }));
  const name = JSON.stringify(chips.map((chip) => chip.textContent));
  if (byId("chips").dataset.shows === name) return;
  byId("chips").dataset.shows = name;
  const hadFocus = byId("chips").contains(document.activeElement);
  byId("chips").replaceChildren(...chips);
  if (hadFocus) focusInstead(byId("chips"));
}

const chip = (words, remove) => button(words, remove, { class: "chip", title: "Remove this part of the filter" });

function showStatus() {
  const left = stream.state === "catching-up" && stream.behind ? `, ${counted(stream.behind, "record")} left` : "";
  const words = stream.state === "lost" ? `Not live: connection lost on ${shortInstant(stream.lostAt)}; reconnecting` : STREAM_WORDS[stream.state];
  if ((byId("status").className === "lost") !== (stream.state === "lost")) say(words);
  byId("status").className = stream.state;
  byId("status-words").textContent = `${words}${left}${stream.lastAlert ? ` · last alert ${shortInstant(stream.lastAlert)}` : ""}`;
}

function announce(entries) {
  if (!entries.length) return;
  say(entries.length > 3 ? `${entries.length} new alerts.` : entries.map(({ latest }) => `${news(latest)}.`).join(" "));
}
