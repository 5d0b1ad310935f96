// The alert that the address names, in full: above the map, with its evidence and what became of it.

import { SHORT_ID, drawCard, historyItems } from "/page/alert_card.js";
import { entryOf, linked, linkedEvents, loadLinked } from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { quoted } from "/page/filter.js";
import { focusAfterwards } from "/page/focus.js";
import { showState } from "/page/loading.js";
import { byId, dayInWords } from "/page/text.js";
import { change, view } from "/page/view.js";

let opened = ""; // the alert that has been scrolled to
let drawn = []; // the events that the panel shows
let goBack = () => {}; // gives the focus back to what opened the alert

export function startAlertPanel() {
  byId("alert-close").addEventListener("click", () => {
    change({ alert: "" });
    byId("alert-panel").hidden = true;
    goBack();
  });
  byId("alert-copy").addEventListener("click", ({ target }) => copy(new URL(`/alert/${view.alert}`, location).href, target));
  byId("alert-report").addEventListener("click", ({ target }) => offer(`/firstseen report ${view.alert}`, target));
  byId("alert-mute").addEventListener("click", ({ target }) => offer(`/firstseen mute ${subjectOf(linkedEvents().at(-1))} 7d`, target));
}

function offer(command, button) {
  byId("alert-command").querySelector("code").textContent = command;
  byId("alert-command").hidden = false;
  copy(command, button);
}

export function showAlertPanel() {
  const events = view.alert ? linkedEvents() : [], panel = byId("alert-panel");
  showState(byId("alert-state"), null, panelState(events));
  if (view.alert && panel.hidden) goBack = focusAfterwards(byId("alert-section"));
  panel.hidden = !view.alert;
  byId("alert-heading").textContent = `Alert ${events.at(-1)?.alert_id.slice(0, SHORT_ID) ?? view.alert}`;
  byId("alert-content").hidden = byId("alert-copy").hidden = byId("alert-report").hidden = !events.length;
  byId("alert-mute").hidden = events.at(-1)?.status !== "confirmed"; // as in Slack
  if (!events.length) {
    drawn = [];
    if (!view.alert) opened = "";
    return;
  }
  if (drawn[0]?.alert_id !== events[0].alert_id) byId("alert-command").hidden = true;
  if (events.length !== drawn.length || events[0] !== drawn[0]) draw(events);
  if (opened === view.alert) return;
  opened = view.alert;
  panel.scrollIntoView({ block: "nearest" });
  panel.focus({ preventScroll: true });
}

// The subject of a mute of alerts like this one.
const subjectOf = ({ group, country, kind }) => `group:${quoted(group)}${kind === "spread" ? "" : ` country:${country}`}`;

function draw(events) {
  drawn = events;
  const entry = entryOf(events), card = byId("alert-card");
  drawCard(card, entry);
  card.querySelector("details").open = true;
  byId("alert-history").replaceChildren(...historyItems(events));
}

function panelState(events) {
  if (!view.alert || events.length) return null;
  if (linked.status === "failed") {
    return { kind: "failed", words: `Cannot open alert ${view.alert}: ${linked.problem}.`, actions: [["Retry", loadLinked]] };
  }
  if (linked.status !== "ready") return { kind: "loading", words: `Loading alert ${view.alert} …` };
  return {
    kind: "filtered", words: `Alert ${view.alert} was not known on ${dayInWords(view.day)}.`,
    actions: [["As known now", () => change({ known: "now" })]],
  };
}
