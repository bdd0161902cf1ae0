// Questions to the server: our own contract, below native/, wherever a proxy has put the page.

import { kept } from "./kept.js";

export const NATIVE = new URL("../native/", import.meta.url);

/** The server has answered, but not with what was asked for. */
export class Refusal extends Error {
  constructor(status, { code = "", message = "", hint = "" }, seconds) {
    super(message || `HTTP ${status}`);
    Object.assign(this, { status, code, hint, seconds });
  }
}

/** The server cannot be reached. */
export class Offline extends Error {}

export const keyOf = () => kept("key", null, "sessionStorage") ?? kept("key", null);

/** The answer to a request; throws Refusal or Offline. */
export async function ask(path, { method = "GET", json, form, signal } = {}) {
  const headers = { Accept: "application/json, */*;q=0.5" };
  const key = keyOf();
  if (key) headers["X-API-Key"] = key;
  if (json) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(new URL(path, NATIVE), {
      method: json || form ? "POST" : method,
      headers,
      body: json ? JSON.stringify(json) : form,
      signal,
      credentials: "same-origin",
    });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Offline(error.message);
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  // A proxy whose server is not there.
  if (!said.error && [502, 503, 504].includes(response.status)) throw new Offline(response.statusText);
  throw new Refusal(response.status, said.error ?? {}, Number(response.headers.get("Retry-After")) || 1);
}

/** Where the server stands: `healthy`, `starting` and so on; null where it is not reached. */
export async function standing() {
  try {
    const response = await fetch(new URL("readyz", NATIVE), { cache: "no-store" });
    return (await response.json()).status ?? null;
  } catch {
    return null;
  }
}
