"use strict";

// Shows /openapi.json. Text goes in as text, never as markup.
function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function resolved(schema, api) {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.slice(2).split("/").reduce((place, key) => place[key], api);
}

function typeName(schema, api) {
  if (schema.$ref) return resolved(schema, api).title;
  if (schema.anyOf) {
    return schema.anyOf.filter((s) => s.type !== "null").map((s) => typeName(s, api)).join(" or ");
  }
  if (schema.type === "array") return "list of " + typeName(schema.items || {}, api);
  return schema.enum ? schema.enum.join(" | ") : schema.const || schema.type || "any";
}

function example(schema, api) {
  const whole = resolved(schema, api);
  return Object.fromEntries(
    Object.entries(whole.properties || {})
      .filter(([, field]) => field.examples)
      .map(([name, field]) => [name, field.examples[0]]),
  );
}

function fieldTable(fields, api) {
  const head = element("tr", ...["Field", "Type", "Meaning", "Example"].map((t) => element("th", t)));
  const rows = fields.map(({ name, schema, required }) =>
    element(
      "tr",
      element("td", element("code", name), required ? " (required)" : ""),
      element("td", typeName(schema, api)),
      element("td", schema.description || ""),
      element("td", element("code", JSON.stringify((schema.examples || [])[0]) ?? "")),
    ),
  );
  return element("table", element("thead", head), element("tbody", ...rows));
}

function fieldsOf(schema, api) {
  const whole = resolved(schema, api);
  return Object.entries(whole.properties || {}).map(([name, field]) => ({
    name,
    schema: field,
    required: (whole.required || []).includes(name),
  }));
}

function curl(method, path, operation, api) {
  const key = (operation.security || []).length ? ' -H "Authorization: Bearer $KEY"' : "";
  const address = new URL(path.slice(1), document.baseURI).href;
  if (method === "post") {
    const schema = resolved(operation.requestBody.content["application/json"].schema, api);
    const needed = Object.entries(example(schema, api))
      .filter(([name]) => (schema.required || []).includes(name));
    const body = JSON.stringify(Object.fromEntries(needed));
    return `curl ${address}${key} -H 'Content-Type: application/json' -d '${body}'`;
  }
  const query = (operation.parameters || []).filter((p) => p.required)
    .map((p) => `${p.name}=${encodeURIComponent(p.example)}`).join("&");
  return `curl${key} '${address}${query ? "?" + query : ""}'`;
}

function shown(method, path, operation, api) {
  const section = element("section", element("h2", `${method.toUpperCase()} ${path}`));
  section.append(element("p", operation.description || operation.summary || ""));
  section.append(element("pre", curl(method, path, operation, api)));
  if (operation.parameters) section.append(element("h3", "Query"), fieldTable(operation.parameters, api));
  if (operation.requestBody) {
    const schema = operation.requestBody.content["application/json"].schema;
    section.append(element("h3", "Body"), fieldTable(fieldsOf(schema, api), api));
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    const [content] = Object.values(response.content || {}).concat({});
    section.append(element("h3", `${status}: ${response.description}`));
    if (status === "200") {
      for (const schema of (content.schema || {}).anyOf || [content.schema]) {
        section.append(fieldTable(fieldsOf(schema, api), api));
      }
    }
    const body = content.example || example(content.schema, api);
    section.append(element("pre", body.trim ? body : JSON.stringify(body, null, 2)));
  }
  return section;
}

async function show() {
  const response = await fetch("openapi.json");
  const api = await response.json();
  const main = document.getElementById("api");
  document.getElementById("state").replaceChildren(
    `Version ${api.info.version}. ${api.info.summary} All of this is in `,
    Object.assign(element("a", "openapi.json"), { href: "openapi.json" }),
    ".",
  );
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      main.append(shown(method, path, operation, api));
    }
  }
}

show().catch((error) => {
  document.getElementById("state").textContent = `openapi.json could not be read: ${error.message}`;
});
