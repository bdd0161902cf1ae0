// A translation as it comes: server-sent events, read by fetch.

import { Offline, Refusal, ask } from "./api.js";

/** The events of a translation as { name, data }; ends with `done` or throws. */
export async function* translated(body, signal) {
  const response = await ask("translate/stream", { json: body, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await read(reader);
      if (done) throw new Offline("The answer broke off.");
      rest += value;
      for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
        const event = parsed(rest.slice(0, end));
        if (event === null) continue;
        if (event.name === "error") throw new Refusal(500, event.data.error, 1);
        yield event;
        if (event.name === "done") return;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function read(reader) {
  try {
    return await reader.read();
  } catch (error) {
    throw error.name === "AbortError" ? error : new Offline(error.message);
  }
}

/** One event; null for a comment, which only says that the connection lives. */
function parsed(block) {
  let name = "message";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  return data ? { name, data: JSON.parse(data) } : null;
}
