// The buttons beside the list: the alerts that the view shows as a subscription, a feed and files.

import { NEWS_KINDS, alertParameters, leftOut } from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { withKinds } from "/page/filter.js";
import { byId } from "/page/text.js";
import { view } from "/page/view.js";

const MAX_ALERTS = 1000;

// New alerts of the kinds that the view shows. Without a kind a filter means all but returns.
const wanted = () => (view.returns ? withKinds(view.filter, "kind:all") : view.filter);
const command = () => `/firstseen subscribe ${wanted() || "all"}`;

export function startSharing() {
  byId("subscribe").addEventListener("click", ({ target }) => copy(command(), target));
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
}
