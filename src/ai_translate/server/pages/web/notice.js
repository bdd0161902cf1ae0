// What stands in the way of every request: the server starts, is busy, or is not there.

import { Offline, standing } from "./api.js";
import { find, make } from "./elements.js";
import { wantKey } from "./key.js";
import { onWords, say } from "./words.js";

const MOST_SECONDS = 10;
let shown = null; // { kind, agains, timer, seconds }

let refresh = async () => {};

/** `again` is called when the server is there again, which may be another one, and before all else. */
export function setUpNotice(again) {
  refresh = again;
}

/** Whether a request had better wait: then it is asked for by `again`, when that is over. */
export function waiting(again) {
  shown?.agains.add(again);
  return shown !== null;
}

/**
 * Takes an error that is no matter of what was asked: shows it, and calls `again` when it is over.
 * False for any other error.
 */
export function trouble(error, again) {
  if (error instanceof Offline) watch("offline", again);
  else if (error.code === "not_ready") watch("starting", again);
  else if (error.code === "quota_exceeded") return false;
  else if (error.code === "busy" || error.status === 429) count(error, again);
  else if (error.status === 401 || error.status === 403) wantKey(error, again);
  else return false;
  return true;
}

/** Looks whether the server is there again, less and less often. */
async function watch(kind, again, pause = 1) {
  show({ kind }, again);
  const mine = shown;
  const look = async () => {
    const status = await standing();
    if (shown !== mine) return;
    if (status === "healthy") {
      over();
      return;
    }
    const now = status === null ? "offline" : status === "starting" ? "starting" : "stopping";
    if (now !== mine.kind) {
      mine.kind = now;
      draw();
    }
    pause = Math.min(now === "starting" ? 1 : pause * 1.5, MOST_SECONDS);
    mine.timer = setTimeout(look, pause * 1000);
  };
  mine.look = look;
  mine.timer = setTimeout(look, kind === "starting" ? 500 : 1000);
}

function count(error, again) {
  show({ kind: error.status === 429 ? "often" : "busy", seconds: Math.ceil(error.seconds) }, again);
  const mine = shown;
  const tick = () => {
    if (shown !== mine) return;
    if (mine.seconds <= 0) {
      over();
      return;
    }
    const left = find("notice-seconds");
    if (left) left.textContent = say("inSeconds", { n: mine.seconds });
    mine.seconds -= 1;
    mine.timer = setTimeout(tick, 1000);
  };
  tick();
}

async function over() {
  const { agains, look } = shown;
  show(null);
  if (look) {
    try {
      await refresh();
    } catch (error) {
      const all = () => { for (const again of agains) again(); };
      if (!trouble(error, all)) all();
      return;
    }
  }
  for (const again of agains) again();
}

/** Shows what is in the way now. Who has waited for something else waits for this, too. */
function show(next, again) {
  clearTimeout(shown?.timer);
  if (next) next.agains = new Set(shown?.agains).add(again);
  shown = next;
  draw();
}

function draw() {
  const notice = find("notice");
  notice.hidden = shown === null;
  notice.replaceChildren();
  if (shown === null) return;
  const { kind } = shown;
  notice.dataset.kind = kind;
  notice.append(
    make("span", { className: "dot", "aria-hidden": "true" }),
    make("p", {}, make("strong", { textContent: say(kind) }), " ", say(`${kind}Why`)),
    // What changes every second is not for those who listen.
    make("span", { id: "notice-seconds", className: "quiet", "aria-hidden": "true" }),
    make("button", { className: "plain", type: "button", textContent: say("tryNow"), onclick: over }),
  );
}

addEventListener("online", () => shown?.look?.());
onWords(draw);
