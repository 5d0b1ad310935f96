// The buttons beside the list: the alerts that the view shows as a subscription, a feed and files.

import { alertParameters } from "/page/alerts.js";
import { copy } from "/page/clipboard.js";
import { byId } from "/page/text.js";
import { view } from "/page/view.js";

const command = () => `/firstseen subscribe ${view.filter || "all"}`;

export function startSharing() {
  byId("subscribe").addEventListener("click", ({ target }) => copy(command(), target));
}

export function showSharing() {
  for (const format of ["json", "csv", "geojson"]) {
    const params = alertParameters();
    if (format !== "json") params.set("format", format);
    byId(`as-${format}`).href = `/api/v1/alerts?${params}`;
  }
  byId("as-feed").href = view.filter ? `/api/v1/alerts.atom?filter=${encodeURIComponent(view.filter)}` : "/api/v1/alerts.atom";
}
