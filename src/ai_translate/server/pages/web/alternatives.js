// Other ways to say a sentence, in a panel below it.

import { ask } from "./api.js";
import { announce, find, make } from "./elements.js";
import { direction } from "./languages.js";
import { languages, replace, sentence, spanOf } from "./sentences.js";
import { doubt } from "./doubts.js";
import { percent, say } from "./words.js";

const HOW_MANY = 4;
const panel = find("panel");
let open = -1;
let asking = null;
let chosen = () => {};
let failed = () => false;

/** `onChosen` is called when a sentence has been replaced, `onFailure` says whether an error is the server's. */
export function setUpAlternatives(onChosen, onFailure) {
  chosen = onChosen;
  failed = onFailure;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open >= 0) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (open >= 0 && !panel.contains(event.target) && !event.target.closest(".sentence")) close(false);
  });
}

/** Shows the panel of a sentence. */
export async function show(index) {
  close(false);
  open = index;
  const one = sentence(index);
  spanOf(index).classList.add("open");
  const list = make("ul", { className: "ways" }, make("li", {
    className: "quiet", textContent: say("looking"),
  }));
  panel.replaceChildren(
    make("div", { className: "head" },
      make("h2", { id: "panel-title", textContent: say("others") }),
      make("button", { className: "plain", type: "button", textContent: say("close"), onclick: () => close() }),
    ),
    list,
    ...one.warnings.map((warning) => make("p", { className: "doubt" }, ...doubt(warning))),
    make("p", { className: "quiet", textContent: say("confidence", { percent: percent(one.confidence) }) }),
  );
  panel.hidden = false;
  panel.style.top = `${below(index)}px`;
  panel.querySelector("button").focus();
  asking = new AbortController();
  try {
    const ways = await others(one, asking.signal);
    if (open !== index) return;
    list.replaceChildren(...(ways.length ? ways.map((words) => way(index, words)) : [
      make("li", { className: "quiet", textContent: say("noOthers") }),
    ]));
    list.querySelector("button")?.focus();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (failed(error)) close();
    else list.replaceChildren(make("li", { className: "wrong", role: "alert", textContent: say("failed") }));
  }
}

export function close(back = true) {
  if (open < 0) return;
  const span = spanOf(open);
  asking?.abort();
  open = -1;
  panel.hidden = true;
  span?.classList.remove("open");
  if (back) span?.focus();
}

async function others({ source, text }, signal) {
  const body = { text: source, ...direction(), ...languages(), alternatives: HOW_MANY, beam_size: HOW_MANY + 1 };
  const found = await (await ask("translate", { json: body, signal })).json();
  const ways = new Set([found.translated_text, ...(found.alternatives ?? [])]);
  ways.delete(text);
  return [...ways];
}

function way(index, words) {
  return make("li", {}, make("button", {
    type: "button",
    lang: find("target").lang,
    dir: "auto",
    textContent: words,
    onclick: () => {
      replace(index, words);
      close();
      announce(say("chosen", { text: words }));
      chosen();
    },
  }));
}

/** Where the panel begins: below the last line of the sentence. */
function below(index) {
  const box = spanOf(index).getBoundingClientRect();
  return box.bottom - panel.parentElement.getBoundingClientRect().top + 6;
}
