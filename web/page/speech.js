// Announces to a screen reader what the page shows, in one sentence, once the reader pauses.

import { byId } from "/page/text.js";

const REST_MS = 700;
let timer = null;
let next = ""; // what is said at rest

// Says something at once.
export function say(words) {
  byId("news").textContent = words;
}

// Says what the page shows, unless it changes again at once. An empty text waits for what is being loaded.
export function sayAtRest(words) {
  if (words === next) return;
  next = words;
  clearTimeout(timer);
  timer = words ? setTimeout(() => { if (byId("spoken").textContent !== words) byId("spoken").textContent = words; }, REST_MS) : null;
}
