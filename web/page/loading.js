// Loads data, and shows in which of four states a part of the page is: loading, failed, empty or filtered.

import { button, element } from "/page/text.js";

// `status`: of the response; 0 without one.
export class LoadError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

// Returns the response, or throws a LoadError whose message completes "cannot be loaded: ...".
export async function request(address, headers = {}) {
  const response = await fetch(address, { headers }).catch(() => null);
  if (!response) throw new LoadError("the server cannot be reached");
  if (response.ok || response.status === 304) return response;
  const problem = await response.json().catch(() => null);
  const detail = (problem?.errors?.[0]?.detail ?? problem?.detail ?? "").replace(/\.$/, "");
  if (response.status === 404 && detail) throw new LoadError(detail, 404);
  throw new LoadError(`the server answered ${response.status}${detail ? ` (${detail})` : ""}`, response.status);
}

export async function requestJson(address) {
  const response = await request(address);
  return readJson(response);
}

export async function readJson(response) {
  try {
    return await response.json();
  } catch {
    throw new LoadError("the answer was cut off");
  }
}

// Shows a state as { kind, words, actions: [[words, action]] } in a place; null: the content speaks for itself.
// The content, if there is any, is dimmed while it is out of date.
export function showState(place, content, state) {
  const isStale = state?.kind === "loading" || state?.kind === "failed";
  content?.classList.toggle("stale", isStale);
  content?.setAttribute("aria-busy", String(state?.kind === "loading"));
  const name = state ? JSON.stringify([state.kind, state.words, (state.actions ?? []).map(([words]) => words)]) : "";
  place.hidden = !state;
  if (place.dataset.state === name) {
    place.actions = state?.actions;
    return;
  }
  place.dataset.state = name;
  place.actions = state?.actions;
  const hadFocus = place.contains(document.activeElement);
  place.className = state ? `state ${state.kind}` : "state";
  place.replaceChildren(...(state ? [
    element("span", { class: "sign", "aria-hidden": "true" }),
    element("p", {}, state.words),
    // The action is looked up when it is clicked: the same words may stand for a newer view by then.
    ...(state.actions ?? []).map(([words], index) => button(words, () => place.actions[index][1]())),
  ] : []));
  if (hadFocus) focusInstead(content && !content.hidden ? content : place.parentElement);
}

// Moves the focus to the replacement of a removed button, so that keyboard navigation continues there.
export function focusInstead(place) {
  if (place.tabIndex < 0) place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: true });
}
