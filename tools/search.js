// The search looks for symbols, equations and terms first, in the table that tools/finding.py puts into its page.
// A classic script after Sphinx' own ones, whose `Search` it wraps.
/* global Search */

/** @typedef {{page: string, anchor: string, title: string, about: string, names: string[]}} Named */
/** @typedef {Named & {formula?: string, near?: string}} Entry `near`: words that stand about an equation */

// @ts-expect-error: a script of Sphinx defines it.
const sphinx = Search;
/** @type {Entry[]} */
const entries = JSON.parse(document.getElementById("search-entries")?.textContent ?? "[]");
const GREEK = Object.fromEntries(
  "αalpha βbeta γgamma δdelta εepsilon ηeta θtheta κkappa λlambda μmu ξxi ρrho σsigma τtau φvarphi χchi ωomega ΩOmega ∂partial ∇nabla"
    .split(" ").map((pair) => [pair[0], pair.slice(1)]));

/** A formula without what one types in different ways: spaces, brackets, signs of indices. @param {string} text */
const squeezed = (text) => text.normalize("NFD").replace(/[\s$\\{}()[\]^_]/g, "");

/** @param {string} text */
const inWords = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Whether words stand in a text, each at the beginning of one of its words. @param {string[]} wanted @param {string} text */
const has = (wanted, text) => {
  const there = inWords(text);
  return wanted.length > 0 && wanted.every((word) => there.some((other) => other.startsWith(word)));
};

/** How well an entry answers a query; 0 if it does not. @param {Entry} entry @param {string} query */
const score = (entry, query) => {
  const asked = query.replace(/^\s*(?:equations?|eq\.?|symbol)\s+(?=\S)/i, "").replace(/^\(([\d.]+)\)$/, "$1").trim();
  const small = asked.toLowerCase();
  if (entry.names.some((name) => name === asked || (asked.length > 1 && squeezed(name) === squeezed(asked)))) return 6;
  if (entry.names.some((name) => name.toLowerCase() === small)) return 5;
  if (/^eq-./.test(small) && entry.names.some((name) => name.startsWith(small))) return 4;
  if (/^[\d.()\s]*$/.test(asked)) return 0;
  if (/[=/^*|]|\p{Script=Greek}|\p{Sm}/u.test(asked)) {
    return squeezed(entry.formula ?? "").includes(squeezed(asked)) ? 3 : 0;
  }
  const wanted = asked.length > 2 ? inWords(asked) : [];
  if (has(wanted, entry.title)) return 3;
  if (has(wanted, `${entry.title} ${entry.about}`)) return 2;
  return has(wanted, `${entry.title} ${entry.about} ${entry.formula} ${entry.near}`) ? 1 : 0;
};

/** @param {string} text */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

const parse = sphinx._parseQuery;
/** Sphinx' index holds a formula's LaTeX: η is found as eta. Single letters are not lit up. @param {string} query */
sphinx._parseQuery = (query) => {
  const [, wanted, unwanted, lit, objects] =
    parse(query.replace(/\P{ASCII}/gu, (sign) => (GREEK[sign] ? ` ${GREEK[sign]} ` : sign)));
  const long = [...lit].filter((word) => word.length > 2);
  localStorage.setItem("sphinx_highlight_terms", long.join(" "));
  return [query, wanted, unwanted, new Set(long), objects];
};

const perform = sphinx._performSearch;
/** Results in the order of Sphinx, which shows the last one first. @param {string} query @param {any[]} rest */
sphinx._performSearch = (query, ...rest) => {
  const ours = entries
    .map((entry) => ({ entry, points: score(entry, query) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, 30)
    .map(({ entry: { page, anchor, title, about, formula }, points }) =>
      [page, escaped(title), `#${anchor}`, escaped(formula ? `${about}; ${formula}` : about), points, `${page}.html`]);
  const known = new Set();
  /** Whether a place comes for the first time. @param {any[]} result */
  const fresh = ([page, , anchor]) => known.size < known.add(`${page}${anchor}`).size;
  // One letter is in everything: beside its meanings the rest is no help.
  const others = ours.length && query.trim().length < 2 ? [] : perform(query, ...rest).reverse();
  /** A section, a name of nnlib or a title, not a page that holds the words somewhere. @param {any[]} result */
  const exact = ([, title, anchor]) => anchor !== "" || has(inWords(query), title);
  const loose = (/** @type {any[]} */ result) => !exact(result);
  const [strong, weak] = [ours.filter((row) => Number(row[4]) > 2), ours.filter((row) => Number(row[4]) <= 2)];
  return [...strong, ...others.filter(exact), ...weak, ...others.filter(loose)].filter(fresh).reverse();
};
