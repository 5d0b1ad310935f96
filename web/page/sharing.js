// The buttons beside the list: the alerts that the view shows as a subscription, a feed and files. The page changes no
// subscription: it shows the commands for Slack that begin, mute and end one.

import { NEWS_KINDS, alertParameters, leftOut } from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { onlyFilter, view } from "/page/view.js";
import { withKinds, withValue } from "/page/filter.js";
import { byId, element } from "/page/text.js";

const MAX_ALERTS = 1000;
const KEPT_MS = 60_000; // a browser may ask the reader where to save the file

// New alerts of the kinds that the view shows. Without a kind, a filter selects neither returns nor areas.
const wanted = () => (view.returns ? withKinds(view.filter, "kind:all") : view.filter);

// A mute is for a group, a country, both or everything.
function muted() {
  const group = view.group ? onlyFilter("group", view.group) : "";
  return (view.country ? withValue(group, "country", view.country) : group) || "all";
}

// A mute may hold back more than the filter selects, so its line says what.
function mutedWords() {
  if (view.group && view.country) return "new alerts about this group in this country";
  if (view.group) return "new alerts about this group, wherever it is";
  return view.country ? "new alerts about this country" : "every new alert to the channel";
}

// The filter `all` would end every subscription of a channel.
const COMMANDS = {
  subscribe: () => `/firstseen subscribe ${wanted() || "all"}`,
  list: () => "/firstseen list",
  mute: () => `/firstseen mute ${muted()} 7d`,
  unmute: () => `/firstseen unmute ${muted()}`,
  unsubscribe: () => `/firstseen unsubscribe ${wanted() || "1"}`,
};

// Excel reads a file as UTF-8 only if it begins with a byte order mark, which programs would read as text.
async function saveForSpreadsheets(event) {
  const { href, download } = byId("as-csv");
  event.preventDefault();
  const response = await fetch(href).catch(() => null);
  if (!response?.ok) {
    location.assign(href); // the browser says why
    return;
  }
  const file = URL.createObjectURL(new Blob(["\ufeff", await response.blob()], { type: "text/csv" }));
  element("a", { href: file, download }).click();
  setTimeout(() => URL.revokeObjectURL(file), KEPT_MS);
}

export function startSharing() {
  byId("as-csv").addEventListener("click", saveForSpreadsheets);
  byId("subscribe").addEventListener("click", ({ target }) => {
    copy(COMMANDS.subscribe(), target);
    byId("subscription-panel").hidden = false;
    byId("subscription-panel").scrollIntoView({ block: "nearest" });
    target.setAttribute("aria-expanded", "true");
  });
  byId("subscription-close").addEventListener("click", () => {
    byId("subscription-panel").hidden = true;
    byId("subscribe").setAttribute("aria-expanded", "false");
    byId("subscribe").focus();
  });
  for (const name of Object.keys(COMMANDS)) byId(`copy-${name}`).addEventListener("click", ({ target }) => copy(COMMANDS[name](), target));
}

export function showSharing() {
  const params = alertParameters();
  params.set("limit", MAX_ALERTS);
  for (const left of leftOut()) params.append("without", left);
  byId("as-json").href = `/api/v1/alerts?${params}`;
  byId("as-csv").href = `/api/v1/alerts.csv?${params}`;
  byId("as-geojson").href = `/api/v1/alerts.geojson?${params}`;
  const filter = view.returns ? wanted() : withKinds(view.filter, NEWS_KINDS);
  byId("as-feed").href = `/api/v1/alerts.atom?filter=${encodeURIComponent(filter)}`;
  for (const [name, command] of Object.entries(COMMANDS)) byId(`command-${name}`).textContent = command();
  byId("mute-words").textContent = `Pause ${mutedWords()} for a week; corrections still come`;
}
