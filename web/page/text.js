// Elements, and days and numbers in words. Text of sources is inserted as text, never as markup.

import { COUNTRIES, WITH_ARTICLE } from "/page/labels.js";

const DAY = 86_400_000;
const SVG = "http://www.w3.org/2000/svg";
const SVG_NAMES = new Set(["svg", "path", "circle", "g", "text", "rect", "title"]);

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const shortFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const timeFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

export const byId = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = SVG_NAMES.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null)); // append() inserts strings as text
  return made;
}

export function button(words, action, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, words);
  made.addEventListener("click", action);
  return made;
}

// Removes invisible characters that reverse the reading order, with which "exe.gpj" could pass for "jpg.exe".
export const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

// Isolates a text, so that its writing direction does not reorder the words around it.
export const isolated = (text) => element("bdi", {}, plain(text));

export const counted = (n, noun, plural = `${noun}s`) => `${n.toLocaleString("en")} ${n === 1 ? noun : plural}`;
// What a view leaves out, after its number in words.
export const hiddenInWords = (counted, n) => `${counted}, which ${n === 1 ? "is" : "are"} hidden`;
export const joined = (words) =>
  (words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words.join(""));
export const isCountry = (code) => Object.hasOwn(COUNTRIES, code);
export const countryName = (code) => (isCountry(code) ? COUNTRIES[code] : code);
export const inCountry = (name) => (WITH_ARTICLE.includes(name) ? `the ${name}` : name);

// Days are numbers, counted from 1 January 1970 (UTC), or ISO texts.
export const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);
export const dayText = (number) => new Date(number * DAY).toISOString().slice(0, 10);
export const today = () => Math.floor(Date.now() / DAY);
// The 31st of a short month is no day, and no window reaches back from the first centuries.
export const isDay = (text) => /^[1-9]\d{3}-\d\d-\d\d$/.test(text) && !Number.isNaN(dayNumber(text)) && dayText(dayNumber(text)) === text;
export const dayInWords = (number) => dayFormat.format(new Date(number * DAY));
export const shortDay = (text) => shortFormat.format(new Date(`${text}T00:00:00Z`));
// Returns a text of the server with its ISO days in words; ids that contain a day stay.
export const withDaysInWords = (text) => text.replace(/(?<![\w/-])\d{4}-\d\d-\d\d(?![\w/-])/g, (day) => (isDay(day) ? shortDay(day) : day));
export const daysBetween = (first, second) => dayNumber(second) - dayNumber(first);

const asDate = (day) => new Date(`${day}T00:00:00Z`);
const oneDay = (day) => dayFormat.format(asDate(day));

// A report may give a month or a year only, so the day is uncertain.
export const someDay = (first, last) =>
  (!last || first === last ? oneDay(first) : `some day from ${oneDay(first)} to ${oneDay(last)}`);
export const shortSomeDay = (first, last) => (!last || first === last ? shortDay(first) : `${shortDay(first)} or later`);

export function daysInWords({ first_day: first, begins_by: beginsBy, ends_from: endsFrom, last_day: last }) {
  const begins = beginsBy ?? first, ends = endsFrom ?? last;
  if (begins === last && ends === first) return someDay(first, last);
  return begins === first && ends === last
    ? dayFormat.formatRange(asDate(first), asDate(last)) // writes a shared month or year once
    : `${someDay(first, begins)}, until ${someDay(ends, last)}`;
}

export const shortInstant = (text) => `${shortFormat.format(new Date(text))}, ${timeFormat.format(new Date(text))} UTC`;
export const instantInWords = (text) =>
  `${dayFormat.format(new Date(text))}, ${timeFormat.format(new Date(text))} UTC`;
