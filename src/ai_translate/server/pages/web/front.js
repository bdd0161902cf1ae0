// The page for people: its parts, put together.

import * as alternatives from "./alternatives.js";
import { setUpDocuments } from "./documents.js";
import { announce, find, make } from "./elements.js";
import { setUpKeys } from "./key.js";
import { keep, kept } from "./kept.js";
import * as languages from "./languages.js";
import * as live from "./live.js";
import { setUpNotice, trouble } from "./notice.js";
import { setUpRecent } from "./recent.js";
import * as sentences from "./sentences.js";
import { number, onWords, say, setUpWords } from "./words.js";

const source = find("source");

function edited() {
  alternatives.close(false);
  sentences.edited();
  counted();
  keep("text", source.value || null, "sessionStorage");
}

function counted() {
  const n = [...source.value].length;
  find("count").replaceChildren(...(n ? [
    make("span", { textContent: number(n), "aria-hidden": "true" }),
    make("span", { className: "unseen", textContent: say("characters", { n }) }),
  ] : []));
  find("count").title = n ? say("characters", { n }) : "";
  find("clear").hidden = n === 0;
}

function put(text) {
  source.value = text;
  edited();
}

async function start() {
  try {
    await languages.loadLanguages();
  } catch (error) {
    if (!trouble(error, start)) live.fail(error);
    return;
  }
  live.now();
}

async function copy() {
  const text = sentences.whole();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copiedOld(text)) {
      announce(say("noCopy"));
      return;
    }
  }
  live.changed();
  const words = find("copy").querySelector("span");
  words.textContent = say("copied");
  announce(say("copied"));
  setTimeout(() => { words.textContent = say("copy"); }, 2000);
}

/** Browsers give the clipboard to pages by https alone; this way is older than that. */
function copiedOld(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  find("copy").focus();
  return done;
}

function swap() {
  const other = languages.opposite();
  if (other === null) return;
  // Half a translation, or that of another text, must not take the place of what was typed.
  if (sentences.complete(source.value)) put(sentences.whole());
  languages.choose(...other);
}

languages.setUpLanguages(() => {
  alternatives.close(false);
  live.now();
});
setUpKeys();
setUpNotice(languages.loadLanguages);
sentences.setUpSentences(alternatives.show);
alternatives.setUpAlternatives(live.changed, live.waits);
setUpDocuments();
setUpRecent((entry) => {
  put(entry.text);
  languages.choose(entry.source, entry.target);
  source.focus();
  scrollTo({ top: 0 });
}, live.forget);
source.addEventListener("input", () => {
  edited();
  live.soon();
});
source.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    live.now();
  }
});
find("clear").addEventListener("click", () => {
  put("");
  live.now();
  source.focus();
});
find("copy").addEventListener("click", copy);
find("swap").addEventListener("click", swap);
onWords(counted);
setUpWords();
// What stood there before the page was loaded again.
put(source.value || kept("text", "", "sessionStorage"));
start();
