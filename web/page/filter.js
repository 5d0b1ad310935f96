// A filter in the language of subscriptions, as text and as terms. The server checks the text and writes it in one
// form; what is not in that form is kept as it is. Nothing here touches the page, so it is tested without a browser.

const ORDER = ["group", "country", "in", "within", "province", "near"]; // in the order in which the server writes them, before all others
const AREA_KEYS = new Set(["country", "in", "within", "province", "near"]);
const VALUE = String.raw`!?(?:"(?:\\.|[^\\"])*"|[^\s,"]+)`;
const TERM = new RegExp(String.raw`^(-?)([a-z]+)(:|>=)(${VALUE}(?:,${VALUE})*)$`);
const PARTS = /(?:"(?:\\.|[^\\"])*"|[^\s"])+/g;
const VALUES = new RegExp(VALUE, "g");

// Returns the clauses, which OR joins, as lists of terms {text, key, values, isNot}; of other texts only {text}.
export function parse(filter) {
  const clauses = [[]];
  for (const [text] of filter.matchAll(PARTS)) {
    if (text === "OR") clauses.push([]);
    else clauses.at(-1).push(termOf(text));
  }
  return clauses;
}

function termOf(text) {
  const [, sign, key, , list] = text.match(TERM) ?? [];
  if (!key) return { text, key: "", values: [], isNot: false };
  const values = [...list.matchAll(VALUES)].map(([value]) => ({ isNot: value.startsWith("!"), value: unquoted(value.replace(/^!/, "")) }));
  return { text, key, values, isNot: sign === "-" };
}

const unquoted = (value) => (value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value);
export const quoted = (value) => (/^[\p{L}\p{N}][\p{L}\p{N}_./'-]*$/u.test(value) ? value : `"${value.replace(/[\\"“”„«»″＂]/g, "\\$&")}"`);

const written = (clauses) => clauses.filter((terms) => terms.length).map((terms) => terms.map(({ text }) => text).join(" ")).join(" OR ");

// Returns the only value that a filter asks for with a key, or "". An alternative or a second value leaves it open.
export function onlyValue(filter, key) {
  const [terms, ...others] = parse(filter);
  if (others.length) return "";
  const named = terms.filter((term) => term.key === key);
  const [term] = named;
  return named.length === 1 && !term.isNot && term.values.length === 1 && !term.values[0].isNot ? term.values[0].value : "";
}

// Returns the filter with one value for a key, which replaces its present values; an empty value removes the key.
export function withValue(filter, key, value) {
  const clauses = parse(filter).map((terms) => terms.filter((term) => term.key !== key));
  if (value) for (const terms of clauses) terms.splice(placeOf(key, terms), 0, termOf(`${key}:${quoted(value)}`));
  return written(clauses);
}

const placeOf = (key, terms) => {
  const place = terms.findIndex((term) => !ORDER.includes(term.key) || ORDER.indexOf(term.key) > ORDER.indexOf(key));
  return place < 0 ? terms.length : place;
};

export function withoutTerm(filter, clause, place) {
  const clauses = parse(filter);
  clauses[clause].splice(place, 1);
  return written(clauses);
}

export const hasKind = (filter) => parse(filter).some((terms) => terms.some(({ key }) => key === "kind"));

// Whether each alternative names a part of the world, so that the map can show it.
export const namesArea = (filter) => parse(filter).every((terms) => terms.some(({ key, isNot, values }) =>
  AREA_KEYS.has(key) && !isNot && values.some((value) => !value.isNot)));

// Returns the filter that asks for these kinds wherever it names none.
export const withKinds = (filter, kinds) =>
  parse(filter).map((terms) => [...terms.map(({ text }) => text), ...(terms.some(({ key }) => key === "kind") ? [] : [kinds])].join(" ")).join(" OR ");

const KEY_WORDS = {
  group: "Group", country: "Country", in: "In", within: "Within", province: "Province", near: "Near", kind: "Kind", origins: "Origins",
};

// Returns the words of a term for a chip; `nameOf` returns the name of a country by its code.
export function termWords({ text, key, values, isNot }, nameOf) {
  if (!key) return text;
  const words = Object.hasOwn(KEY_WORDS, key) ? KEY_WORDS[key] : key, name = isNot ? `Not ${words.toLowerCase()}` : words;
  if (key === "near") return `${name}: ${text.slice(text.indexOf(":") + 1).replaceAll(",", ", ")}`;
  if (key === "origins") return `${name}: at least ${values[0].value}`;
  const wanted = values.map(({ value, isNot: excluded }) => `${excluded ? "not " : ""}${key === "country" ? nameOf(value) : value}`);
  return `${name}: ${wanted.join(" or ").replace(/ or not /g, " and not ")}`;
}

// Returns the position in a text after n characters as the server counts them: code points.
export const unitsOf = (text, n) => [...text].slice(0, n).join("").length;
export const charactersOf = (text, units) => [...text.slice(0, units)].length;
