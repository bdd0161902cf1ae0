// Recent translations, which this browser keeps and nobody else.

import { announce, find, make } from "./elements.js";
import { keep, kept, onKept } from "./kept.js";
import { called } from "./languages.js";
import { onWords, say } from "./words.js";

const MOST = 20;
const LONGEST = 5000;
const NAME = "recent";
let chosen = () => {};
let forgotten = () => {};

const entries = () => kept(NAME, []);
const wanted = () => kept("remember", true);

/** `onChosen` is called with an earlier translation that somebody wants back, `onForget` when all go. */
export function setUpRecent(onChosen, onForget) {
  chosen = onChosen;
  forgotten = onForget;
  find("keep").addEventListener("change", (event) => {
    keep("remember", event.target.checked);
    if (!event.target.checked) forget();
    draw();
  });
  find("forget").addEventListener("click", () => {
    forget();
    draw();
    find("source").focus();
  });
  onKept(NAME, draw);
  onWords(draw);
  draw();
}

/** Keeps a translation; one that only goes on with the last one takes its place. */
export function remember(entry) {
  if (!wanted() || entry.text.length > LONGEST) return;
  const others = entries().filter((one, index) =>
    !(same(one, entry) && (one.text === entry.text || (index === 0 && grown(one.text, entry.text)))));
  keep(NAME, [entry, ...others].slice(0, MOST));
  draw();
}

const same = (one, other) => one.source === other.source && one.target === other.target;

const grown = (before, now) => now.startsWith(before) || before.startsWith(now);

function forget() {
  keep(NAME, null);
  forgotten();
  announce(say("forgotten"));
}

function draw() {
  const list = entries();
  find("keep").checked = wanted();
  find("recent").hidden = list.length === 0 && wanted();
  find("forget").hidden = list.length === 0;
  find("entries").replaceChildren(...list.map((entry) => make("li", {}, make("button", {
    className: "entry",
    type: "button",
    onclick: () => chosen(entry),
  },
  make("span", { className: "quiet pair", textContent: `${called(entry.source)} → ${called(entry.target)}` }),
  make("span", { lang: entry.source, dir: "auto", textContent: entry.text }),
  make("span", { lang: entry.target, dir: "auto", textContent: entry.translation }),
  ))));
}
