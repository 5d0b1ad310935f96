// Calls every path of the API with the types that openapi-typescript generates. A test compiles it.

import type { paths } from "./api";

type Reading = { [P in keyof paths]: paths[P] extends { get: { responses: unknown } } ? P : never }[keyof paths];
type Content<R> = R extends { content: infer C } ? C[keyof C] : never;
type Responses<P extends Reading> = paths[P]["get"] extends { responses: infer R } ? R : never;
type Parameters<P extends Reading> = paths[P]["get"] extends { parameters: infer A } ? A : never;
type Answer<P extends Reading> = Responses<P> extends { 200: infer R } ? Content<R> : never;
type Post<P extends keyof paths> = NonNullable<paths[P]["post"]>;
type Sent = Post<"/api/v1/sightings">["requestBody"]["content"]["application/json"];
type Verdicts = Content<Post<"/api/v1/sightings">["responses"][202]>;

declare function get<P extends Reading>(path: P, parameters: Parameters<P>): Answer<P>;
declare function post(path: "/api/v1/sightings", body: Sent): Verdicts;

const text = (value: string): string => value;
const count = (value: number): number => value;

// A path without a call is an error, and so is a call of a path that does not exist.
export const calls: Record<keyof paths, () => unknown> = {
  "/api/v1": () => get("/api/v1", {}).endpoints.map((endpoint) => text(endpoint.id)),
  "/api/v1/alerts": () => {
    const page = get("/api/v1/alerts", { query: { filter: "in:Sahel", status: ["confirmed"], expand: ["evidence"] } });
    return [text(page.alerts[0].headline), text(page.alerts[0].links.page), text(page.next ?? "")];
  },
  "/api/v1/alerts.csv": () => text(get("/api/v1/alerts.csv", { query: { limit: 10 } })),
  "/api/v1/alerts.geojson": () => {
    const [feature] = get("/api/v1/alerts.geojson", {}).features;
    return [feature.geometry?.coordinates, feature.properties.headline];
  },
  "/api/v1/alerts.stix": () => get("/api/v1/alerts.stix", {}).objects.map((object) => object.type),
  "/api/v1/alerts.atom": () => text(get("/api/v1/alerts.atom", { query: { filter: "kind:all" } })),
  "/api/v1/alerts/{alert_id}": () => count(get("/api/v1/alerts/{alert_id}", { path: { alert_id: "a" } }).events[0].revision),
  "/api/v1/alerts/{alert_id}/evidence": () => {
    const page = get("/api/v1/alerts/{alert_id}/evidence", { path: { alert_id: "a" } });
    return [text(page.sightings[0].source), count(page.origins)];
  },
  "/api/v1/alerts/{alert_id}/cap": () => text(get("/api/v1/alerts/{alert_id}/cap", { path: { alert_id: "a" } })),
  "/api/v1/events": () => text(get("/api/v1/events", { query: { from: "beginning" } })),
  "/api/v1/presence": () => text(get("/api/v1/presence", { query: { country: "Mali" } }).episodes[0].first_day),
  "/api/v1/groups": () => count(get("/api/v1/groups", {}).groups[0].episodes),
  "/api/v1/groups/{group}": () => text(get("/api/v1/groups/{group}", { path: { group: "JNIM" } }).spread[0].country),
  "/api/v1/timeline": () => get("/api/v1/timeline", { query: { step: "year" } }).periods[0].kinds.first_ever,
  "/api/v1/changes": () => count(get("/api/v1/changes", { query: { since: "2026-11-24T12:00:00Z" } }).reported),
  "/api/v1/regions": () => count(get("/api/v1/regions", {}).regions[0].groups),
  "/api/v1/countries/{code}": () => text(get("/api/v1/countries/{code}", { path: { code: "Mali" } }).links.feed),
  "/api/v1/map-state": () => get("/api/v1/map-state", { query: { as_of: "2017-11-24" } }).warnings[0].detail,
  "/api/v1/sightings": () => [
    text(get("/api/v1/sightings", { query: { first: "2017-11-01" } }).sightings[0].country_name),
    count(post("/api/v1/sightings", { source: "wire", id: "7", group: "JNIM", occurred: "2017-11-24", country: "ML" }).accepted),
  ],
  "/api/v1/sightings.csv": () => text(get("/api/v1/sightings.csv", {})),
  "/api/v1/sightings.geojson": () => get("/api/v1/sightings.geojson", {}).features.map((feature) => text(feature.id)),
  "/api/v1/filter/completions": () => text(get("/api/v1/filter/completions", { query: { text: "group:isl" } }).completions[0].text),
  "/api/v1/rejections": () => text(get("/api/v1/rejections", {}).rejections[0].remedy),
  "/health": () => count(get("/health", {}).behind),
};
