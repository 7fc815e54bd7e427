// SPDX-License-Identifier: Apache-2.0
//
// What is different between two states, by the same rules as luosim's own: elements of a list are the
// same element if their first member says so, the others are held against each other by position.

/** Whether it is a list or an object. */
export function isStructured(value) {
  return value !== null && typeof value === 'object';
}

/** What the elements of a list are called. */
export function namesOf(list) {
  const seen = new Map();
  return list.map((element, index) => {
    const named = isStructured(element) && !Array.isArray(element) && Object.keys(element).length > 0;
    const name = named ? String(Object.values(element)[0]) : String(index);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}#${times}`;
  });
}

function membersOf(value) {
  if (!Array.isArray(value)) return Object.entries(value);
  const names = namesOf(value);
  return value.map((element, index) => [names[index], element]);
}

function collect(path, before, after, changes) {
  if (before === after) return;
  if (!isStructured(before) || !isStructured(after)) {
    changes.push({ path, before, after });
    return;
  }
  const old = new Map(membersOf(before));
  for (const [name, value] of membersOf(after)) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (!old.has(name)) changes.push({ path: inner, before: undefined, after: value });
    else collect(inner, old.get(name), value, changes);
    old.delete(name);
  }
  for (const [name, value] of old) {
    changes.push({ path: path === '' ? name : `${path}.${name}`, before: value, after: undefined });
  }
}

/** Changes as {path, before, after}; undefined where there is nothing. */
export function changesBetween(before, after) {
  const changes = [];
  collect('', before, after, changes);
  return changes;
}
