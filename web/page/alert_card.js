// One alert as a card.

import { CAUSES, FIELDS, GRADES, KINDS, STATUSES } from "/page/labels.js";
import {
  countryName, counted, daysBetween, daysInWords, element, inCountry, instantInWords, isolated, joined, plain, shortDay, someDay,
} from "/page/text.js";
import { addressOf, change, onlyFilter } from "/page/view.js";

export const SHORT_ID = 8;

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

// Returns the headline of the kind, or, struck, of the kind with which the alert was announced.
function kindElement(alert, announced) {
  const isValid = alert.status === "confirmed" || alert.status === "candidate";
  if (isValid) return element("span", {}, kindWords(alert));
  return element("s", {}, announced && announced !== alert.kind ? KINDS[announced].headline : kindWords(alert));
}

const placeWords = (alert) =>
  alert.area ? `${plain(alert.area)} (${countryName(alert.country)})` : alert.kind === "spread" ? plain(alert.region) : countryName(alert.country);
const placeInText = (alert) =>
  alert.area ? plain(alert.area) : alert.kind === "spread" ? plain(alert.region) : inCountry(countryName(alert.country));

// Returns the news in a sentence without elements, as messages say it.
export function news(alert) {
  const { news: first, news_after_gap: afterGap } = KINDS[alert.kind];
  const gap = alert.why.previous_last_day ? gapWords(alert, "", "to") : "";
  const words = { group: plain(alert.group), place: placeInText(alert), gap, count: alert.countries?.length };
  return (gap && afterGap ? afterGap : first).replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

const withArticle = (noun) => (noun.startsWith("first ") ? "a first appearance" : `a ${noun}`);

// Returns why an alert is no longer news as the kind with which it was announced, or null.
function whySuperseded(alert, announced) {
  const { previous_last_day: previous, previous_ends_from: earliest } = alert.why;
  if (alert.status !== "superseded" || !announced || announced === alert.kind || alert.kind === "spread" || !previous) return null;
  const [now, then] = [alert.kind, announced].map((kind) => withArticle(KINDS[kind].noun));
  return [
    isolated(alert.group), ` was already in ${inCountry(countryName(alert.country))} on ${someDay(earliest ?? previous, previous)}, `,
    `${gapWords(alert)} before, so this was ${now} and not ${then}.`,
  ];
}

function whyWords(alert) {
  const name = countryName(alert.country);
  if (alert.kind === "spread") {
    const countries = joined(alert.countries.map((code) => inCountry(countryName(code))));
    return [`First seen in ${countries}: ${inCountry(name)} is the third country within 30 days.`];
  }
  const { previous_last_day: previous, previous_ends_from: earliest } = alert.why;
  return previous
    ? [`Last seen there on ${someDay(earliest ?? previous, previous)}, ${gapWords(alert)} earlier.`]
    : ["No earlier sighting of ", isolated(alert.group), ` in ${placeInText(alert)} is on record.`];
}

const gradeWords = ([reliability, credibility]) => `${GRADES[reliability]}, ${GRADES[credibility]} (${reliability}${credibility})`;

function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

function evidenceItem(sighting, isSpread) {
  const title = sighting.title || `Report ${sighting.source}/${sighting.id}`;
  const url = sighting.url ? webAddress(sighting.url) : null;
  const heading = url
    ? element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, isolated(title))
    : isolated(title);
  const place = [sighting.place, sighting.admin1, isSpread && countryName(sighting.country)].filter(Boolean).join(", ");
  const facts = [
    place ? isolated(place) : "place not stated",
    sighting.begins_by > sighting.first_day ? someDay(sighting.first_day, sighting.last_day) : daysInWords(sighting),
    element("span", {}, "origin: ", isolated(sighting.origin ?? sighting.source)), // the source is the origin if none is stated
    sighting.kind === "other" ? null : sighting.kind,
    sighting.grade ? gradeWords(sighting.grade) : null,
    // The host is shown beside the title, because a title can name any site.
    url ? element("span", { class: "site" }, url.host) : null,
  ].filter(Boolean);
  return element("li", {},
    element("p", { class: "report" }, heading),
    element("ul", { class: "facts" }, ...facts.map((fact) => element("li", {}, fact))),
    sighting.doubt ? element("p", { class: "doubt" }, "In doubt: ", isolated(sighting.doubt)) : null,
  );
}

const VALUES = {
  kind: (value) => KINDS[value]?.noun ?? value,
  status: (value) => STATUSES[value]?.adjective ?? value,
  country: countryName,
  countries: (value) => joined(value.split(/,\s*/).map(countryName)),
  first_day: (value) => (/^\d{4}-\d\d-\d\d$/.test(value) ? someDay(value) : value),
};
const valueWords = (field, value) => (value ? VALUES[field]?.(value) ?? value : "none");

function causeWords({ what, sighting, groups = [] }) {
  return [`because ${CAUSES[what]} (`, isolated(sighting ? sighting.title || `${sighting.source}/${sighting.id}` : groups.join(", ")), ")"];
}

const changeWords = (alert) => alert.changes.flatMap(({ what, old, new: now }, index) => [
  `${index ? "; " : ""}${FIELDS[what]} `, element("s", {}, isolated(valueWords(what, old))), " ", isolated(valueWords(what, now)),
]);

const changes = (alert) => (alert.changes.length
  ? element("p", { class: "changed" }, "Last change, ", ...causeWords(alert.cause), ": ", ...changeWords(alert)) : null);

// Returns the history of an alert: a line for each of its events.
export const historyItems = (events) => events.map((event) => element("li", {},
  element("time", { datetime: event.arrived }, instantInWords(event.arrived)), ": ",
  ...(event.revision === 1 ? [event.status === "candidate" ? "a candidate" : "raised", `, ${KINDS[event.kind].noun}, `] : [...changeWords(event), ", "]),
  ...causeWords(event.cause)));

const fact = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, ...value));

function details(alert, reported, open) {
  const { origins, sightings } = alert.why;
  const made = element("details", {},
    element("summary", {}, sightings.length ? `Evidence: ${counted(sightings.length, "sighting")}` : "Details"),
    element("dl", {},
      fact("Reported", element("time", { datetime: reported }, instantInWords(reported))),
      alert.revision > 1 ? fact("Last changed", element("time", { datetime: alert.arrived }, instantInWords(alert.arrived))) : null,
      alert.status === "confirmed" ? fact("Status", STATUSES.confirmed.sentence) : null,
      fact("Reported by", counted(origins, "independent origin")),
      fact("More about", link(onlyFilter("group", alert.group), alert.group), ", ", link(onlyFilter("country", alert.country), countryName(alert.country))),
    ),
    sightings.length ? element("ul", { class: "evidence" }, ...sightings.map((sighting) => evidenceItem(sighting, alert.kind === "spread"))) : null,
  );
  made.open = open;
  return made;
}

// A link that changes the view without loading the page again, unless the reader opens it elsewhere.
export function viewLink(address, words, values, attributes = {}) {
  const made = element("a", { ...attributes, href: address }, words);
  made.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change(values);
  });
  return made;
}

const link = (filter, words) => viewLink(addressOf({ filter, alert: "" }), isolated(words), { filter, alert: "" });

const shortId = (alert) => alert.alert_id.slice(0, SHORT_ID);

function alertLink(alert, ...words) {
  const link = viewLink(`/alert/${shortId(alert)}`, "", { alert: shortId(alert) });
  link.append(...words);
  return link;
}

function permalink(alert) {
  const id = shortId(alert);
  return viewLink(`/alert/${id}`, id, { alert: id }, { class: "permalink", "aria-label": `Open alert ${id}` });
}

// Draws an alert into its card, with the same news about the groups that the faction belongs to. The card keeps its
// focus and stays open or closed.
export function drawCard(card, { latest: alert, reported, announced }, parents = []) {
  const isValid = alert.status === "confirmed" || alert.status === "candidate";
  const open = card.querySelector("details")?.open ?? false;
  const superseded = whySuperseded(alert, announced);
  const focusable = () => [...card.querySelectorAll("a, summary")];
  const focused = focusable().indexOf(document.activeElement);
  card.className = `alert ${KINDS[alert.kind].category} ${alert.status}`;
  card.replaceChildren(element("article", {},
    element("h3", {},
      element("span", { class: "kind" }, kindElement(alert, announced)),
      element(isValid ? "span" : "s", { class: "headline" }, alertLink(alert, isolated(alert.group), ": ", placeWords(alert))),
    ),
    alert.status === "confirmed" ? null : element("p", { class: "status" }, superseded ? `${STATUSES.superseded.verdict}.` : STATUSES[alert.status].sentence),
    element("p", { class: "why" }, element(alert.status === "retracted" ? "s" : "span", {}, ...(superseded ?? whyWords(alert)))),
    alert.by_affiliation.length
      ? element("p", { class: "affiliation" }, "By affiliation: ", isolated(alert.by_affiliation.join(", ")))
      : null,
    ...parents.map((parent) => element("p", { class: "affiliation" }, "By affiliation: ", isolated(news(parent)), " · ", permalink(parent))),
    ...alert.doubts.map((doubt) => element("p", { class: "doubt" }, "In doubt: ", isolated(doubt))),
    element("ul", { class: "facts" },
      element("li", {}, daysInWords(alert)), element("li", {}, counted(alert.why.origins, "origin")),
      element("li", {}, isolated(alert.region)), element("li", {}, `reported ${shortDay(reported.slice(0, 10))}`), element("li", {}, permalink(alert)),
    ),
    changes(alert),
    details(alert, reported, open),
  ));
  if (focused >= 0) focusable()[focused]?.focus();
}
