// Places in a text: the server counts code points, a browser UTF-16 units.

/** A function that takes a place in code points to one in units. */
export function unitsOf(text) {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (place) => place;
  const units = [];
  let unit = 0;
  for (const character of text) {
    units.push(unit);
    unit += character.length;
  }
  units.push(unit);
  return (place) => units[Math.min(place, units.length - 1)];
}
