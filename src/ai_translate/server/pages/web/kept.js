// What this browser keeps for the page, also where it may keep nothing.

const PREFIX = "ai-translate.";

export function kept(name, otherwise, place = "localStorage") {
  try {
    return JSON.parse(window[place].getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value, place = "localStorage") {
  try {
    if (value === null) window[place].removeItem(PREFIX + name);
    else window[place].setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full, or not allowed: the page works without.
  }
}

/** Calls when another tab of this browser has changed what is kept under a name. */
export function onKept(name, changed) {
  addEventListener("storage", (event) => {
    if (event.key === null || event.key === PREFIX + name) changed();
  });
}
