// Keeps the focus near its place when the focused element is removed, so that keyboard navigation continues there.

import { focusInstead } from "/page/loading.js";

let path = []; // what had the focus last, and what it lies in

addEventListener("focusin", ({ target }) => {
  path = [];
  for (let place = target; place; place = place.parentElement) path.push(place);
});

const isVisible = (place) => place.isConnected && place.getClientRects().length > 0;

// Moves the focus from a removed element to the nearest place around it that can have it.
export function restoreFocus() {
  const [lost] = path;
  if (!lost || isVisible(lost) || ![document.body, lost].includes(document.activeElement)) return;
  const place = path.find((around) => isVisible(around) && (around.hasAttribute("tabindex") || around.localName === "section"));
  focusInstead(place ?? document.querySelector("main"));
}

// Returns a function that returns the focus to the element that has it now or, if that was removed, to a place.
export function focusAfterwards(place) {
  const opener = document.activeElement;
  const isOpener = (link) => link.getAttribute("href") === opener.getAttribute("href") && link.className === opener.className && isVisible(link);
  return () => {
    if (opener !== document.body && isVisible(opener)) opener.focus();
    else focusInstead([...document.links].find(isOpener) ?? place); // the card of a link may have been drawn again
  };
}
