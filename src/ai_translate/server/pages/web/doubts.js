// What the server doubts of a translation, said quietly.

import { find, make } from "./elements.js";
import { onWords, percent, say } from "./words.js";

const button = find("doubts");
const list = find("doubt-list");
let shown = null;

onWords(() => showQuality(shown));

button.addEventListener("click", () => {
  list.hidden = !list.hidden;
  button.setAttribute("aria-expanded", String(!list.hidden));
});

/** Shows how sure the model is, and what is doubtful; nothing without a translation. */
export function showQuality(translation) {
  shown = translation;
  const warnings = translation?.warnings ?? [];
  const quality = find("quality");
  quality.textContent = translation
    ? say("confidence", { percent: percent(translation.confidence) })
    : "";
  quality.title = translation ? say("confidenceWhy") : "";
  button.hidden = warnings.length === 0;
  button.textContent = say("doubts", { n: warnings.length });
  button.setAttribute("aria-expanded", "false");
  list.hidden = true;
  list.replaceChildren(...warnings.map((warning) => make("li", {}, ...doubt(warning))));
}

/** A doubt in words of the page, and the sentence that it is about. */
export function doubt({ code, message, sentence }) {
  return [
    make("strong", { textContent: say(`doubt.${code}`) || say("doubt.other"), title: message }),
    " ",
    make("q", { textContent: sentence }),
  ];
}
