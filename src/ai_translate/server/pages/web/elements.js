// Elements of the page, found and made. Data become text, never markup.

export const find = (id) => document.getElementById(id);

/** A new element with properties (or attributes, where a name has a hyphen) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Says something to those who hear the page, once. */
export function announce(text) {
  const said = find("said");
  said.textContent = "";
  setTimeout(() => { said.textContent = text; }, 50);
}
