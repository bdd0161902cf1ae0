// A text and its translation, sentence by sentence: each lights up with the other.

import { find, make } from "./elements.js";
import { unitsOf } from "./places.js";
import { say } from "./words.js";

const UNSURE = 0.4;
const source = find("source");
const mirror = find("mirror");
const target = find("target");

// Each is { start, end, text, confidence, warnings }, in places of UTF-16; text null before it came.
let sentences = [];
let layout = [""];
let text = "";
let pair = {};
let spans = [];
let units = (place) => place;
let lit = -1;
let drawing = 0;
let opened = () => {};

/** `onOpen` is called with the number of a sentence that somebody asks about. */
export function setUpSentences(onOpen) {
  opened = onOpen;
  target.addEventListener("pointerover", (event) => light(spans.indexOf(event.target)));
  target.addEventListener("pointerleave", () => light(-1));
  target.addEventListener("focusin", (event) => light(spans.indexOf(event.target)));
  target.addEventListener("focusout", () => light(-1));
  target.addEventListener("click", (event) => open(spans.indexOf(event.target)));
  target.addEventListener("keydown", moved);
  source.addEventListener("pointermove", (event) => light(under(event.clientX, event.clientY)));
  source.addEventListener("pointerleave", () => light(-1));
  source.addEventListener("click", () => light(at(source.selectionStart)));
  source.addEventListener("keyup", (event) => {
    if (/^(Arrow|Home|End|Page)/.test(event.key)) light(at(source.selectionStart));
  });
  source.addEventListener("blur", () => light(-1));
}

/** The text has changed: nothing is known of its sentences, and its box fits it. */
export function edited() {
  sentences = sentences.map((sentence) => ({ ...sentence, start: 0, end: 0 }));
  lit = -1;
  mirror.replaceChildren(`${source.value}\n`);
  for (const span of spans) span.classList.remove("lit");
}

/** Nothing is translated. */
export function clear(...instead) {
  sentences = [];
  spans = [];
  layout = [""];
  target.removeAttribute("aria-busy");
  target.classList.remove("stale");
  target.replaceChildren(...(instead.length ? instead : [make("p", {
    className: "empty", textContent: say("empty"), "data-t": "empty",
  })]));
}

/** A translation begins. What stood there stays until something new is there. */
export function begin(start, of) {
  text = of;
  units = unitsOf(of);
  pair = { source_lang: start.source_lang, target_lang: start.target_lang };
  layout = start.layout;
  const before = spans.map((span) => span.textContent);
  target.lang = start.target_lang;
  target.dir = "auto";
  target.setAttribute("aria-busy", "true");
  target.classList.remove("stale");
  sentences = Array.from({ length: start.sentences }, () => ({ start: 0, end: 0, text: null }));
  spans = sentences.map((_, index) => make("span", {
    className: "sentence coming",
    role: "button",
    tabIndex: index ? -1 : 0,
    textContent: before[index] ?? "…",
    "aria-haspopup": "dialog",
  }));
  const all = document.createDocumentFragment();
  spans.forEach((span, index) => all.append(layout[index], span));
  all.append(layout.at(-1));
  target.replaceChildren(all);
  source.lang = start.source_lang;
}

/** What stands there is of an earlier text, and will be for a while. */
export const fade = () => target.classList.add("stale");

/** One sentence is translated. */
export function put(sentence) {
  sentences[sentence.index] = {
    ...sentence,
    start: units(sentence.start),
    end: units(sentence.end),
    warnings: sentence.warnings ?? [],
  };
  write(sentence.index);
  drawing ||= requestAnimationFrame(drawMirror);
}

/** All of them are. */
export function finish() {
  target.removeAttribute("aria-busy");
}

/** Another translation of a sentence takes its place. */
export function replace(index, words) {
  sentences[index].text = words;
  write(index);
}

export const sentence = (index) => ({
  ...sentences[index],
  source: text.slice(sentences[index].start, sentences[index].end),
});

/** The languages of the translation: those of the whole text, also where they were detected. */
export const languages = () => pair;

export const count = () => sentences.length;

/** The whole translation as it stands. */
export const whole = () =>
  layout.map((between, index) => between + (sentences[index]?.text ?? "")).join("");

/** Whether all of a text is translated, and nothing else stands there. */
export const complete = (of) =>
  sentences.length > 0 && text === of && sentences.every((one) => one.text !== null);

export const spanOf = (index) => spans[index];

function write(index) {
  const { text: words, confidence, warnings } = sentences[index];
  const span = spans[index];
  span.textContent = words;
  span.classList.remove("coming");
  span.classList.toggle("unsure", confidence < UNSURE);
  span.classList.toggle("doubted", warnings.length > 0);
  if (warnings.length) span.setAttribute("aria-description", say(`doubts`, { n: warnings.length }));
}

/** The text once more, invisible behind its box, so that parts of it can have a background. */
function drawMirror() {
  drawing = 0;
  if (source.value !== text) return;
  const all = document.createDocumentFragment();
  let end = 0;
  sentences.forEach((one, index) => {
    if (one.end <= end) return;
    all.append(text.slice(end, one.start));
    const mark = make("span", { textContent: text.slice(one.start, one.end) });
    mark.dataset.index = index;
    mark.classList.toggle("lit", index === lit);
    all.append(mark);
    end = one.end;
  });
  all.append(`${text.slice(end)}\n`);
  mirror.replaceChildren(all);
}

function light(index) {
  if (index === lit) return;
  lit = index;
  spans.forEach((span, each) => span.classList.toggle("lit", each === index));
  for (const mark of mirror.children) {
    mark.classList.toggle("lit", Number(mark.dataset.index) === index);
  }
}

/** The sentence at a point of the screen. */
function under(x, y) {
  for (const mark of mirror.children) {
    for (const box of mark.getClientRects()) {
      if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) {
        return Number(mark.dataset.index);
      }
    }
  }
  return -1;
}

/** The sentence at a place of the text. */
const at = (place) => sentences.findIndex(({ start, end }) => end > 0 && start <= place && place <= end);

function open(index) {
  if (index >= 0 && sentences[index].text !== null && sentences[index].end > 0) opened(index);
}

function moved(event) {
  const index = spans.indexOf(event.target);
  if (index < 0) return;
  const forward = getComputedStyle(target).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1, Home: -index, End: spans.length };
  if (event.key === "Enter" || event.key === " ") open(index);
  else if (event.key in steps) {
    const turn = /Left|Right/.test(event.key) && forward === "ArrowLeft" ? -1 : 1;
    const next = spans[Math.max(0, Math.min(spans.length - 1, index + turn * steps[event.key]))];
    spans[index].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  } else return;
  event.preventDefault();
}
