// The translation of what is typed, as it is typed.

import { announce, find, make } from "./elements.js";
import { aim, aimed, direction, elsewhere, ready, setDetected } from "./languages.js";
import { trouble, waiting } from "./notice.js";
import * as sentences from "./sentences.js";
import { translated } from "./stream.js";
import { showQuality } from "./doubts.js";
import { remember } from "./recent.js";
import { say } from "./words.js";

const PAUSE = 300;
const REST = 1500;
const SAID = 300;
const source = find("source");

let timer = 0;
let resting = 0;
let current = null;
let last = null; // the translation that stands there
let turned = null; // the target that was chosen, while another one is tried

/** Translates when nothing has been typed for a moment. */
export function soon() {
  stop();
  if (!source.value.trim()) now();
  else timer = setTimeout(now, PAUSE);
}

/** Translates at once what stands there. */
export async function now() {
  stop();
  const text = source.value;
  if (!text.trim()) {
    last = null;
    setDetected(null);
    sentences.clear();
    showQuality(null);
    find("copy").hidden = true;
    return;
  }
  if (!ready() || waiting(now)) return;
  const mine = new AbortController();
  current = mine;
  try {
    for await (const { name, data } of translated({ text, ...direction() }, mine.signal)) {
      if (current !== mine) return;
      if (name === "start") begin(text, data);
      else if (name === "sentence") sentences.put(data);
      else if (name === "done") finish(text, data);
    }
  } catch (error) {
    if (current === mine && error.name !== "AbortError") fail(error);
  }
}

/** Takes part of what stands there as changed by hand: another way to say a sentence. */
export function changed() {
  if (!last) return;
  last = { ...last, translation: sentences.whole() };
  remember(last);
}

/** Keeps nothing that somebody has just wanted gone. */
export const forget = () => clearTimeout(resting);

/** Whether an error is one of the server, which the text waits for. */
export function waits(error) {
  const does = trouble(error, now);
  if (does) sentences.fade();
  return does;
}

/** What went wrong with this text; what is wrong with the server is told above. */
export function fail(error) {
  if (waits(error)) return;
  if (error.code === "unsupported_language_pair" && turnedElsewhere()) return;
  last = null;
  showQuality(null);
  find("copy").hidden = true;
  const known = say(`error.${error.code}`);
  sentences.clear(
    make("p", { className: "wrong", role: "alert", textContent: known || say("failed") }),
    make("p", { className: "quiet", textContent: [error.message, error.hint].filter(Boolean).join(" ") }),
  );
}

/** Tries another target once, since people also write in the language that they translate into. */
function turnedElsewhere() {
  if (turned !== null) {
    aim(turned);
    turned = null;
    return false;
  }
  const other = elsewhere();
  if (other === null) return false;
  turned = direction().target_lang;
  aim(other);
  now();
  return true;
}

function stop() {
  clearTimeout(timer);
  clearTimeout(resting);
  current?.abort();
  current = null;
}

function begin(text, start) {
  turned = null;
  // What is known of the translation before is not of this one.
  last = null;
  showQuality(null);
  find("copy").hidden = true;
  aimed();
  setDetected(start.detected_language?.language ?? null);
  sentences.begin(start, text);
}

function finish(text, whole) {
  current = null;
  sentences.finish();
  showQuality(whole);
  find("copy").hidden = !whole.translated_text;
  last = {
    source: whole.source_lang,
    target: whole.target_lang,
    text,
    translation: whole.translated_text,
  };
  // While somebody types, neither is every word worth keeping nor hearing.
  resting = setTimeout(() => {
    remember(last);
    announce(text.length > SAID
      ? say("doneMany", { n: sentences.count() })
      : say("done", { text: last.translation }));
  }, REST);
}
