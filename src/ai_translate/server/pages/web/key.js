// The key, where the server asks for one: for this tab, or remembered if the user wants that.

import { keyOf } from "./api.js";
import { announce, find } from "./elements.js";
import { keep } from "./kept.js";
import { onWords, say } from "./words.js";

const agains = new Set();
let asked = false;
let refused = null;

export function setUpKeys() {
  find("key").addEventListener("submit", (event) => {
    event.preventDefault();
    const key = find("key-field").value.trim();
    if (!key) return;
    // No header takes it, and no key that a server made has such characters.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      find("key-why").textContent = say("keyUnknown");
      return;
    }
    // Whichever was there before must not outlive this one.
    keep("key", null);
    keep("key", null, "sessionStorage");
    keep("key", key, find("key-keep").checked ? "localStorage" : "sessionStorage");
    find("key-field").value = "";
    hide();
    const waiting = [...agains];
    agains.clear();
    for (const again of waiting) again();
  });
  find("key-forget").addEventListener("click", () => {
    keep("key", null);
    keep("key", null, "sessionStorage");
    location.reload();
  });
  onWords(tell);
  hide();
}

/** Asks for a key; `then` is called when there is one. */
export function wantKey(refusal, then) {
  agains.add(then);
  refused = refusal;
  const fresh = !asked;
  asked = true;
  find("key").hidden = false;
  find("key-forget").hidden = !keyOf();
  tell();
  if (!fresh) return;
  // Whoever is typing a text would type it into the key.
  const { id, value } = document.activeElement ?? {};
  if (id === "source" && value) announce(say("keyWanted"));
  else find("key-field").focus();
}

function hide() {
  asked = false;
  find("key").hidden = true;
  find("key-forget").hidden = !keyOf();
}

function tell() {
  if (!refused) return;
  const what = refused.status === 403 ? "keyForbidden" : keyOf() ? "keyUnknown" : "keyWhy";
  find("key-why").textContent = say(what);
}
