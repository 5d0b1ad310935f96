// When the reader had the page open before, which only this browser remembers.

const STORED_AS = "firstseen.visits";
const APART_MS = 30 * 60_000; // a page that is opened again within this time belongs to the same visit

let before = "";

// Returns when the visit before this one ended, as an ISO text; "": there was none, or the browser keeps nothing.
export const lastVisit = () => before;

export function startVisit() {
  const { previous = "", seen = "" } = read();
  before = seen && Date.now() - Date.parse(seen) > APART_MS ? seen : previous;
  keep();
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", keep);
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORED_AS)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify({ previous: before, seen: new Date().toISOString() }));
  } catch {
    // A browser that keeps nothing for this page offers no last visit.
  }
}
