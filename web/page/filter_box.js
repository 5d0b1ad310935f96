// The box in which the reader writes the filter, in the language of subscriptions. The server completes and checks it.

import { charactersOf, parse, quoted, unitsOf } from "/page/filter.js";
import { LoadError, requestJson, showState } from "/page/loading.js";
import { presence } from "/page/presence.js";
import { byId, element, plain } from "/page/text.js";
import { change, correct, view } from "/page/view.js";

const PAUSE_MS = 120, MAX_OPTIONS = 10;
const FIELD_WORDS = {
  group: "Group", country: "Country", in: "Region", within: "Area", province: "Province", near: "Circle", kind: "Kind", origins: "Origins",
};

let options = []; // the completions at the cursor
let replaced = [0, 0]; // the part of the text that an option replaces
let active = -1; // the option that Enter chooses
let question = 0; // number of the last request: answers to earlier ones are ignored
let timer = null;
let shown = ""; // the filter of the view that the box shows
let problem = null; // what is wrong in the text, as a state
const checked = new Set([""]); // filters that the server has read

const box = () => byId("filter");

export function startFilterBox() {
  box().addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE_MS);
    if (!problem) return;
    problem = null; // for a text that has changed since
    showFilterBox();
  });
  box().addEventListener("focus", suggest);
  box().addEventListener("click", suggest);
  box().addEventListener("keydown", chooseByKey);
  box().addEventListener("blur", () => apply());
  byId("controls").addEventListener("submit", (event) => {
    event.preventDefault();
    apply({ takesName: true });
  });
  byId("filter-options").addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  byId("filter-options").addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option) choose(Number(option.dataset.number));
  });
}

export function showFilterBox() {
  if (shown !== view.filter) {
    shown = view.filter;
    box().value = view.filter;
    problem = null;
  }
  box().setAttribute("aria-invalid", String(problem !== null));
  showState(byId("filter-state"), null, problem ?? warningState(presence.warnings[0]));
}

// Asks the server about a filter. Returns its answer, or null when it cannot be reached.
function ask(text, cursor) {
  const params = new URLSearchParams({ text, cursor: charactersOf(text, cursor), limit: MAX_OPTIONS });
  return requestJson(`/api/v1/filter/completions?${params}`).catch((error) => {
    if (!(error instanceof LoadError)) throw error;
    return error.status === 400 ? { canonical: null, completions: [], error: { detail: `Cannot read the filter: ${error.message}.` } } : null;
  });
}

async function suggest() {
  const text = box().value, number = ++question;
  const help = await ask(text, box().selectionStart ?? text.length);
  if (number !== question || document.activeElement !== box()) return;
  options = (help?.completions ?? []).filter(({ field }) => field in FIELD_WORDS);
  if (help) replaced = [unitsOf(text, help.start), unitsOf(text, help.end)];
  active = -1;
  drawOptions();
}

function drawOptions() {
  byId("filter-options").replaceChildren(...options.map(({ label, detail, field, complete }, number) =>
    element("li", { role: "option", id: `option-${number}`, "data-number": number, "aria-selected": String(number === active) },
      complete ? element("span", { class: "field" }, `${FIELD_WORDS[field]} `) : null,
      element("strong", {}, plain(label)), " ", element("small", {}, plain(detail)))));
  byId("filter-options").hidden = !options.length;
  box().setAttribute("aria-expanded", String(options.length > 0));
  if (active >= 0) box().setAttribute("aria-activedescendant", `option-${active}`);
  else box().removeAttribute("aria-activedescendant");
  byId("filter-options").children[active]?.scrollIntoView({ block: "nearest" });
}

function close() {
  question += 1;
  clearTimeout(timer);
  options = [];
  active = -1;
  drawOptions();
}

function chooseByKey(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps && options.length) {
    event.preventDefault();
    active = (active + steps[event.key] + options.length + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % options.length;
    drawOptions();
  } else if (event.key === "Enter" && active >= 0) {
    event.preventDefault();
    choose(active);
  } else if (event.key === "Escape" && (options.length || box().value !== view.filter)) {
    event.stopPropagation();
    if (!options.length) box().value = view.filter;
    close();
  }
}

// Writes an option into the text. A value applies at once; after a key a value must follow.
function choose(number) {
  const { text, complete } = options[number], [start, end] = replaced;
  box().setRangeText(text, start, end, "end");
  if (complete) apply();
  else suggest();
}

// Returns the filter that a name without a key means, or "": the best completion of the whole text, or else what the
// server proposes, if that is one name.
function filterOfName(text, { completions, start, end, error }) {
  if (/[:=]/.test(text)) return "";
  const isWhole = start === 0 && end === charactersOf(text, text.length);
  const completion = isWhole && completions.find(({ field, complete }) => complete && field in FIELD_WORDS);
  const [terms, ...others] = parse(error.nearest ?? "");
  return completion ? completion.text : terms.length === 1 && !others.length ? error.nearest : "";
}

// Reads the text. After Enter a name without a key is enough; a text that was only left is not guessed at.
async function apply({ takesName = false } = {}) {
  const text = box().value.trim();
  close();
  if (text === view.filter) {
    problem = null;
    showFilterBox();
    return;
  }
  const help = text ? await ask(text, text.length) : { canonical: "" };
  if (box().value.trim() !== text) return;
  const meant = takesName && help?.error ? filterOfName(text, help) : "";
  if (meant) {
    use(meant);
    return;
  }
  if (help?.canonical === null || !help) {
    problem = help ? problemState(help.error) : { kind: "failed", words: "Cannot check the filter: the server cannot be reached.", actions: [["Retry", () => apply()]] };
    showFilterBox();
    if (help?.error?.position !== undefined && document.activeElement === box()) {
      box().setSelectionRange(unitsOf(text, help.error.position), unitsOf(text, help.error.position + [...help.error.part].length));
    }
    return;
  }
  checked.add(help.canonical);
  problem = null;
  change({ filter: help.canonical });
}

// Checks a filter of the address, which may be in any form, and writes it in that of the server.
export async function checkFilter() {
  const { filter } = view;
  if (checked.has(filter)) return;
  const help = await ask(filter, filter.length);
  if (!help || view.filter !== filter) return;
  checked.add(help.canonical ?? filter);
  if (help.canonical === null) {
    correct({ filter: "" });
    shown = "";
    box().value = filter;
    problem = problemState(help.error);
    showFilterBox();
  } else if (help.canonical !== filter) {
    correct({ filter: help.canonical });
  }
}

function warningState(warning) {
  if (!warning) return null;
  const { detail, value, nearest } = warning;
  const corrected = value && nearest ? view.filter.replace(quoted(value), quoted(nearest)) : view.filter;
  return { kind: "filtered", words: plain(detail), actions: corrected === view.filter ? [] : [[`Use ${plain(nearest)}`, () => use(corrected)]] };
}

const problemState = ({ detail, nearest }) => ({ kind: "failed", words: plain(detail), actions: nearest ? [[`Use ${plain(nearest)}`, () => use(nearest)]] : [] });

function use(text) {
  box().value = text;
  apply();
}
