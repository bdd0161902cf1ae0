// The directions that the server translates, and the choice among them.

import { ask } from "./api.js";
import { find, make } from "./elements.js";
import { keep, kept } from "./kept.js";
import { nameOf, onWords, say, tongueOf } from "./words.js";

const AUTO = "auto";
let pairs = [];
let names = {};
let glossaries = [];
let detected = null;
let changed = () => {};
let arrived = () => {};

/** Settled when languages are known for the first time. */
export const known = new Promise((resolve) => { arrived = resolve; });

const from = find("from");
const to = find("to");
const glossary = find("glossary");

/** Asks the server; `onChange` is called when somebody has chosen something else. */
export async function loadLanguages() {
  ({ pairs, names } = await (await ask("languages")).json());
  glossaries = (await (await ask("glossaries")).json()).glossaries;
  draw(kept("from", AUTO), kept("to", preferred()));
  arrived();
}

export function setUpLanguages(onChange) {
  changed = onChange;
  from.addEventListener("change", () => {
    detected = null;
    draw(from.value, to.value);
    chosen();
  });
  to.addEventListener("change", () => {
    draw(from.value, to.value);
    chosen();
  });
  glossary.addEventListener("change", () => {
    keep("glossary", glossary.value || null);
    changed();
  });
  onWords(() => {
    if (pairs.length) draw(from.value, to.value);
  });
}

/** What a request is told of languages and terms. */
export function direction() {
  const wanted = { source_lang: from.value, target_lang: to.value };
  if (glossary.value) wanted.glossary = glossary.value;
  return wanted;
}

export const ready = () => pairs.length > 0;

/** The language that a text was found to be in, or null where it was named. */
export function setDetected(tag) {
  detected = from.value === AUTO ? tag : null;
  const option = from.querySelector(`option[value="${AUTO}"]`);
  option.textContent = detected ? say("detected", { language: called(detected) }) : say("detect");
  drawSwap();
}

/** Puts the languages in place, such as those of an earlier translation. */
export function choose(source, target) {
  if (!pairs.length) {
    // They are taken up when languages are known.
    keep("from", source);
    keep("to", target);
    return;
  }
  detected = null;
  draw(source, target);
  chosen();
}

/** The other way round: the pair to choose, or null where nothing translates it. */
export function opposite() {
  const source = from.value === AUTO ? detected : from.value;
  return source && serves(to.value, source) ? [to.value, source] : null;
}

/**
 * Another language to translate into, for a text that may already be in the one that is chosen;
 * null where the language of the text was named, or nothing else is served.
 */
export function elsewhere() {
  if (from.value !== AUTO) return null;
  const earlier = kept("earlier", []);
  const targets = [...new Set(pairs.map((pair) => pair.target))].filter((tag) => serves(to.value, tag));
  return earlier.find((tag) => targets.includes(tag)) ?? targets[0] ?? null;
}

/** Translates into another language from now on, without a hand. */
export function aim(tag) {
  draw(from.value, tag);
}

/** Something was translated into a language, which is tried first where another one is needed. */
export function aimed() {
  keep("to", to.value);
  keep("earlier", [to.value, ...kept("earlier", []).filter((tag) => tag !== to.value)].slice(0, 5));
}

export const called = (tag) => nameOf(tag, names[tag] ?? tag);

const serves = (source, target) => pairs.some((p) => p.source === source && p.target === target);

function chosen() {
  keep("from", from.value);
  keep("to", to.value);
  changed();
}

/** The language of the page if something translates into it, otherwise the first. */
function preferred() {
  const targets = pairs.map((pair) => pair.target);
  return targets.find((tag) => tag.split("-")[0] === tongueOf()) ?? targets[0];
}

function draw(source, target) {
  const sources = [...new Set(pairs.map((pair) => pair.source))];
  const start = source === AUTO || sources.includes(source) ? source : AUTO;
  fill(from, sources, start, make("option", { value: AUTO }));
  const served = pairs.filter((pair) => start === AUTO || pair.source === start);
  const targets = [...new Set(served.map((pair) => pair.target))];
  fill(to, targets, targets.includes(target) ? target : targets[0]);
  setDetected(detected);
  drawGlossaries();
}

function fill(select, tags, value, ...first) {
  const collator = new Intl.Collator(tongueOf());
  const options = tags
    .map((tag) => make("option", { value: tag, textContent: called(tag) }))
    .sort((one, other) => collator.compare(one.textContent, other.textContent));
  select.replaceChildren(...first, ...options);
  select.value = value;
}

function drawGlossaries() {
  const fitting = glossaries.filter((one) => one.pairs.some((pair) =>
    pair.target === to.value && (from.value === AUTO || pair.source === from.value)));
  find("glossaries").hidden = fitting.length === 0;
  glossary.replaceChildren(
    make("option", { value: "", textContent: say("noGlossary") }),
    ...fitting.map(({ name }) => make("option", { value: name, textContent: name })),
  );
  const earlier = kept("glossary", "");
  glossary.value = fitting.some(({ name }) => name === earlier) ? earlier : "";
}

function drawSwap() {
  const swap = find("swap");
  swap.disabled = opposite() === null;
  swap.title = say(swap.disabled ? "noSwap" : "swap");
}
