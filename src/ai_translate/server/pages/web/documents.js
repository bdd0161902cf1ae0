// Documents: sent, watched while they are translated, and fetched.

import { ask } from "./api.js";
import { announce, find, make } from "./elements.js";
import { direction, known } from "./languages.js";
import { trouble } from "./notice.js";
import { onWords, percent, say, tongueOf } from "./words.js";

const PAUSE = 500;
const OVER = new Set(["done", "failed", "cancelled"]);
const jobs = []; // { file, job, row, error, aborting }

export function setUpDocuments() {
  const file = find("file");
  find("choose").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    for (const one of file.files) begin(one);
    file.value = "";
  });
  let depth = 0;
  const over = (by) => {
    depth = Math.max(0, by ? depth + by : 0);
    find("drop").hidden = depth === 0;
  };
  const has = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => has(event) && over(1));
  addEventListener("dragleave", (event) => has(event) && over(-1));
  addEventListener("dragover", (event) => has(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    over(0);
    for (const one of event.dataTransfer.files) begin(one);
  });
  onWords(() => jobs.forEach(draw));
}

async function begin(file) {
  const entry = { file, job: null, error: null, row: make("li", { className: "job" }), wanted: null };
  jobs.unshift(entry);
  find("documents").hidden = false;
  find("jobs").prepend(entry.row);
  draw(entry);
  // A file may be there before the server has said what it translates, or has got its key.
  await known;
  entry.wanted = direction();
  await send(entry);
}

async function send(entry) {
  const form = new FormData();
  for (const [name, value] of Object.entries(entry.wanted)) form.append(name, value);
  form.append("wait", "0");
  form.append("file", entry.file, entry.file.name);
  try {
    const response = await ask("translate/document", { form });
    if (response.status === 202) {
      entry.job = await response.json();
    } else {
      // It was done at once.
      entry.job = { status: "done", name: nameIn(response) ?? entry.file.name, failed_parts: 0 };
      entry.blob = await response.blob();
    }
  } catch (error) {
    fail(entry, error, () => send(entry));
    return;
  }
  draw(entry);
  if (!OVER.has(entry.job.status)) await watch(entry);
  else told(entry);
}

async function watch(entry) {
  while (!OVER.has(entry.job.status)) {
    await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    if (!jobs.includes(entry)) return;
    try {
      entry.job = await (await ask(`translate/document/${entry.job.id}`)).json();
    } catch (error) {
      fail(entry, error, () => watch(entry));
      return;
    }
    draw(entry);
  }
  told(entry);
}

function told({ job }) {
  if (job.status === "done") announce(`${job.name}: ${say("ready")}`);
}

function fail(entry, error, again) {
  if (trouble(error, again)) return;
  entry.error = error;
  draw(entry);
}

async function fetchResult(entry) {
  try {
    entry.blob ??= await (await ask(`translate/document/${entry.job.id}/result`)).blob();
  } catch (error) {
    fail(entry, error, () => fetchResult(entry));
    return;
  }
  const address = URL.createObjectURL(entry.blob);
  make("a", { href: address, download: entry.job.name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function cancel(entry) {
  if (!jobs.includes(entry)) return;
  try {
    await ask(`translate/document/${entry.job.id}`, { method: "DELETE" });
  } catch (error) {
    // What is over, or gone, needs no end; a server that is away hears of it later.
    if (trouble(error, () => cancel(entry))) return;
  }
  remove(entry);
}

function remove(entry) {
  // A second click of the same hand.
  if (!jobs.includes(entry)) return;
  jobs.splice(jobs.indexOf(entry), 1);
  entry.row.remove();
  find("documents").hidden = jobs.length === 0;
  find("choose").focus();
}

function draw(entry) {
  const { job, row } = entry;
  const name = job?.name ?? entry.file.name;
  const failure = entry.error ?? job?.error;
  const going = !failure && !OVER.has(job?.status);
  const state = stateOf(entry, failure);
  const parts = JSON.stringify([tongueOf(), name, Boolean(failure), going, job?.status]);
  if (parts === entry.parts) {
    // A button that is replaced while it is pressed is never clicked.
    row.querySelector(".state-of").textContent = state;
    if (job?.status === "running") row.querySelector("progress").value = job.progress;
    return;
  }
  entry.parts = parts;
  const focused = row.contains(document.activeElement) ? document.activeElement.dataset.does : null;
  row.replaceChildren(...[
    make("span", { className: "file", textContent: name }),
    make("span", { className: `state-of ${failure ? "wrong" : "quiet"}`, textContent: state }),
    going ? make("progress", {
      "aria-label": say("progressOf", { name }),
      ...(job?.status === "running" ? { max: 1, value: job.progress } : {}),
    }) : null,
    button("download", job?.status === "done", name, () => fetchResult(entry)),
    button("cancel", going && job, name, () => cancel(entry)),
    button("remove", !going, name, () => (job?.id ? cancel(entry) : remove(entry))),
  ].filter(Boolean));
  if (focused) (row.querySelector(`[data-does="${focused}"]`) ?? row.querySelector("button"))?.focus();
}

function button(does, shown, name, onclick) {
  if (!shown) return null;
  const element = make("button", {
    className: does === "download" ? "firm" : "plain",
    type: "button",
    textContent: say(does),
    "aria-label": say(`${does}Of`, { name }),
    onclick,
  });
  element.dataset.does = does;
  return element;
}

function stateOf({ job }, failure) {
  if (failure) return say(`error.${failure.code}`) || failure.message || say("failed");
  if (job === null) return say("sending");
  if (job.status === "running") return say("running", { percent: percent(job.progress) });
  if (job.status === "done") {
    return job.failed_parts ? say("failedParts", { n: job.failed_parts }) : say("ready");
  }
  return say(job.status);
}

function nameIn(response) {
  const header = response.headers.get("Content-Disposition") ?? "";
  const encoded = header.match(/filename\*=UTF-8''([^;]+)/i);
  return encoded ? decodeURIComponent(encoded[1]) : header.match(/filename="([^"]+)"/)?.[1];
}
