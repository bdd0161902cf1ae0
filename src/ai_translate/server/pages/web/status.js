// The status of the server, followed while somebody looks.

import { Offline, ask } from "./api.js";
import { find, make } from "./elements.js";
import { setUpKeys } from "./key.js";
import { trouble } from "./notice.js";
import { nameOf, number, onWords, percent, say, setUpWords } from "./words.js";

const EVERY = 2000;
const FEW = 8;
let known = null;
let state = null;
let paused = false;
let timer = 0;

async function look() {
  clearTimeout(timer);
  try {
    known = await (await ask("status")).json();
    state = known.status;
  } catch (error) {
    if (error instanceof Offline) state = "offline";
    else if (trouble(error, look)) return;
    else state = "unhealthy";
  }
  draw();
  if (!paused && !document.hidden) timer = setTimeout(look, EVERY);
}

function draw() {
  drawState();
  if (known === null) return;
  find("version").textContent = known.version;
  find("figures").replaceChildren(...figures().map(([name, value, more]) =>
    make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value }, more))));
  const list = find("model-list");
  list.replaceChildren(...(known.models.length
    ? known.models.map(model)
    : [make("p", { className: "quiet", textContent: say("noModels") })]));
}

function drawState() {
  const element = find("state");
  const words = state === null ? "" : state === "healthy" ? say("healthy") : say(`state.${state}`);
  element.dataset.kind = state ?? "";
  // Only what is new is heard.
  if (element.textContent === words) return;
  element.replaceChildren(make("span", { className: "dot", "aria-hidden": "true" }), words);
}

function figures() {
  const { models, cache, translating } = known;
  const total = (name) => models.reduce((sum, { queue }) => sum + (queue[name] ?? 0), 0);
  const longest = Math.max(0, ...models.map(({ queue }) => queue.wait_seconds ?? 0));
  const told = [
    [say("requests"), number(translating)],
    [say("waits"), number(total("sentences"))],
    [say("wait"), say("seconds", { time: number(longest, 1) })],
    [say("workers"), say("of", { some: total("running"), most: total("workers") })],
  ];
  if (cache) {
    const asked = cache.hits + cache.misses;
    told.push([say("hitRate"), asked ? percent(cache.hits / asked) : "–"]);
    told.push([say("filled"), cache.max_bytes ? percent(cache.bytes / cache.max_bytes) : "–", meter(cache)]);
  }
  return told;
}

function meter({ entries, bytes, max_bytes }) {
  return make("span", { className: "more" },
    `${number(entries)} ${say("entries").toLocaleLowerCase()}, ${size(bytes)} / ${size(max_bytes)}`);
}

function model(one) {
  const rows = [
    [say("languages"), languages(one)],
    [say("made"), origin(one.origin, one.digest)],
    [say("licence"), one.licence || say("unknown")],
    [say("weights"), `${one.quantization} · ${one.architecture}`],
    [say("size"), `${size(one.bytes)}, ${say(one.resident ? "inMemory" : "outOfMemory")}`],
    [say("scores"), scores(one.quality)],
    [say("queue"), queue(one.queue)],
    [say("digest"), make("code", { textContent: one.digest })],
  ];
  return make("article", { className: "model" },
    make("h3", { textContent: one.name }),
    make("dl", {}, ...rows.filter(([, value]) => value).map(([name, value]) =>
      make("div", {}, make("dt", { textContent: name }), make("dd", {}, value)))));
}

function languages({ sources, targets, directions }) {
  const named = (tags) => tags.length > FEW
    ? `${tags.slice(0, FEW).map((tag) => nameOf(tag)).join(", ")}, +${number(tags.length - FEW)}`
    : tags.map((tag) => nameOf(tag)).join(", ");
  const many = directions > 1 ? ` (${say("directions", { n: directions })})` : "";
  return `${named(sources)} → ${named(targets)}${many}`;
}

function origin(from, digest) {
  if (!from) return null;
  if (from.folder) return `${from.folder} @ ${digest.slice(0, 12)}`;
  return `${from.repository} @ ${from.revision} (${from.commit.slice(0, 12)})`;
}

function scores(found) {
  if (!found) return say("notMeasured");
  return make("span", {},
    `chrF ${number(found.chrf, 1)} · BLEU ${number(found.bleu, 1)}`,
    make("span", { className: "more" },
      `${say("scoresWhole", { chrf: number(found.chrf_float32, 1), bleu: number(found.bleu_float32, 1) })}; `
      + say("scoresOn", {
        pair: `${nameOf(found.source)} → ${nameOf(found.target)}`,
        n: found.sentences,
        what: say(found.against),
      })));
}

function queue({ workers, running, sentences, tokens_per_second: pace }) {
  return [
    ["waits", number(sentences)],
    ["workers", say("of", { some: running, most: workers })],
    ["pace", pace === undefined ? "–" : say("perSecond", { speed: Math.round(pace) })],
  ].map(([name, value]) => say("is", { name: say(name), value })).join(" · ");
}

function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: step ? 1 : 0,
  }).format(bytes / 1000 ** step);
}

function drawPause() {
  const words = paused ? "go" : "pause";
  find("pause").textContent = say(words);
  find("pause").dataset.t = words;
  find("following").textContent = say(paused ? "paused" : "live");
  find("following").dataset.t = paused ? "paused" : "live";
}

find("pause").addEventListener("click", () => {
  paused = !paused;
  drawPause();
  if (!paused) look();
  else clearTimeout(timer);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !paused) look();
});
setUpKeys();
onWords(draw);
setUpWords();
look();
