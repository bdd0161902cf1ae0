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

// The type of a body, as [name, content]: JSON where there is a choice.
function bodyOf(operation) {
  const contents = (operation.requestBody || { content: {} }).content;
  const [first] = Object.entries(contents);
  return contents["application/json"] ? ["application/json", contents["application/json"]] : first;
}

function curl(method, path, operation, api) {
  const given = (place) => (operation.parameters || []).filter((p) => p.in === place && p.required);
  const filled = given("path").reduce((address, p) => address.replace(`{${p.name}}`, p.example), path);
  const query = given("query").map((p) => `${p.name}=${encodeURIComponent(p.example)}`).join("&");
  const address = new URL(filled.slice(1), document.baseURI).href + (query ? "?" + query : "");
  const parts = ["curl", query ? `'${address}'` : address];
  if (!["get", "post"].includes(method)) parts.splice(1, 0, `-X ${method.toUpperCase()}`);
  if ((operation.security || []).length) parts.push('-H "Authorization: Bearer $KEY"');
  const [type, content] = bodyOf(operation) || [];
  if (!type && method === "post") parts.splice(1, 0, "-X POST");
  if (!type) return parts.join(" ");
  const schema = resolved(content.schema, api);
  const needed = Object.entries(example(schema, api))
    .filter(([name]) => (schema.required || []).includes(name));
  if (type === "application/json") {
    const body = JSON.stringify(content.example || Object.fromEntries(needed));
    parts.push(`-H 'Content-Type: ${type}' -d '${body}'`);
  } else {
    const flag = type === "multipart/form-data" ? "-F" : "--data-urlencode";
    parts.push(...needed.map(([name, value]) => `${flag} ${name}=${value}`));
  }
  return parts.join(" ");
}

function shown(method, path, operation, api) {
  const section = element("section", element("h2", `${method.toUpperCase()} ${path}`));
  section.append(element("p", operation.description || operation.summary || ""));
  section.append(element("pre", curl(method, path, operation, api)));
  if (operation.parameters) {
    section.append(element("h3", "Parameters"), fieldTable(operation.parameters, api));
  }
  if (operation.requestBody) {
    for (const [type, content] of Object.entries(operation.requestBody.content)) {
      section.append(element("h3", `Body: ${type}`));
      const fields = fieldsOf(content.schema, api);
      if (fields.length) section.append(fieldTable(fields, api));
      if (content.example) section.append(element("pre", text(content.example)));
    }
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    const [content] = Object.values(response.content || {}).concat({});
    section.append(element("h3", `${status}: ${response.description}`));
    const items = content.itemSchema || content.schema || {};
    if (status === "200") {
      for (const schema of items.anyOf || [items]) {
        const fields = fieldsOf(schema, api);
        if (fields.length) section.append(fieldTable(fields, api));
      }
    }
    const body = content.example || example(content.schema, api);
    if (response.content) section.append(element("pre", text(body)));
  }
  return section;
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
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
