// SPDX-License-Identifier: Apache-2.0
//
// Makes elements. Text is always set as text: a name of a scenario is never read as HTML.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** An element of HTML. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/** A text that is cut to what fits into so many pixels of the page's small font. */
export function fitted(text, width) {
  const most = Math.floor(width / 6.3);
  if (text.length <= most) return text;
  return most < 3 ? '' : `${text.slice(0, most - 1)}\u2026`;
}
