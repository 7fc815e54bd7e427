// SPDX-License-Identifier: Apache-2.0
//
// Physical memory as a map. Ranges are drawn as wide as the root of their size, because a guest has
// millions of pages and a tree that decides its fate has one.
import { el, svg } from './dom.js';
import { bytes, pages, plural } from './words.js';

const KINDS = ['free', 'kernel', 'scratch', 'preserved', 'guest', 'device', 'corrupted'];
const MEANINGS = {
  free: 'nobody\u2019s: the next allocation may take it',
  kernel: 'the kernel\u2019s own',
  scratch: 'kept free of preserved pages, for the next kernel to boot in',
  preserved: 'handed over, waits for whoever restores it',
  guest: 'memory of files, above all of guests',
  device: 'tables and queues that devices read by themselves',
  corrupted: 'somebody\u2019s, but its contents are lost',
};
const HEIGHT = 46;
const PAGE_BYTES = 4096;

/** Left and right edge of each range, from 0 to 1. */
function edges(map) {
  const weights = map.map((range) => Math.sqrt(range.pages) + 1);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  // A range that can still be seen, however small it is.
  const least = 0.006;
  const rest = 1 - least * map.length;
  let at = 0;
  return weights.map((weight) => {
    const from = at;
    at += rest > 0 ? least + (weight / sum) * rest : weight / sum;
    return [from, at];
  });
}

function rangeText(range) {
  const of = range.file !== 'none' ? ` of ${range.file}` : '';
  const kept = range.preserved ? ', on the list of preserved pages' : '';
  const before = range.kind === 'free' && range.freed_from !== 'none' ? `, freed by ${range.freed_from}` : '';
  return `${range.first}: ${pages(range.pages)} ${range.kind}${range.owner !== 'none' ? ` (${range.owner})` : ''}${of}${kept}${before}`;
}

/** Where in the picture an address lies, from 0 to 1. */
function placeOf(address, map, places) {
  const first = (range) => Number(BigInt(range.first));
  const index = map.findLastIndex((range) => first(range) <= address);
  const within = (address - first(map[index])) / (map[index].pages * PAGE_BYTES);
  const [from, to] = places[index];
  return from + within * (to - from);
}

function key(kind, number) {
  return el('li', {}, el('span', { class: `swatch memory-${kind}` }), el('span', {}, el('b', {}, kind), number === null ? '' : ` ${pages(number)}`, `: ${MEANINGS[kind]}`));
}

/** What each colour is. */
export function memoryKey(totals = null, strays = true) {
  return el('ul', { class: 'key' },
    KINDS.filter((kind) => totals === null || totals[kind] > 0).map((kind) => key(kind, totals === null ? null : totals[kind])),
    el('li', {}, el('span', { class: 'swatch memory-listed' }), el('span', {}, el('b', {}, 'striped edge'), ': on KHO\u2019s list, the next kernel will not touch it')),
    strays && el('li', {}, el('span', { class: 'swatch memory-stray' }), el('span', {}, el('b', {}, 'struck'), ': at this step a device writes to a page that is nobody\u2019s')));
}

function differs(range, before) {
  return !before.some((other) => JSON.stringify(other) === JSON.stringify(range));
}

/** The map of a state; what is not as it was before is framed. `strays` are addresses of writes to pages of nobody. */
export function memoryView(memory, before, strays) {
  const places = edges(memory.map);
  const old = before ? before.map : memory.map;
  const width = 1000;
  const map = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, class: 'memory', role: 'img', preserveAspectRatio: 'none',
    'aria-label': `Map of ${pages(memory.pages)} of memory in ${plural(memory.map.length, 'range')}; the table below says the same` });
  memory.map.forEach((range, index) => {
    const [from, to] = places[index];
    const x = from * width;
    const wide = Math.max((to - from) * width - 1, 1);
    map.append(svg('rect', { x, y: 5, width: wide, height: HEIGHT - 15, class: `memory-${range.kind}` }, svg('title', {}, rangeText(range))));
    if (range.preserved) map.append(svg('rect', { x, y: HEIGHT - 9, width: wide, height: 7, class: 'memory-listed' }));
    if (differs(range, old)) map.append(svg('rect', { x, y: 3, width: wide, height: HEIGHT - 4, class: 'memory-changed' }));
  });
  // However narrow its range is, the mark of a single page can be seen.
  const least = 6;
  for (const address of strays) {
    const x = Math.min(placeOf(Number(BigInt(address)), memory.map, places) * width, width - least);
    map.append(svg('rect', { x, y: 0, width: least, height: HEIGHT, class: 'memory-stray' }, svg('title', {}, `${address}: written by a device, and nobody\u2019s`)));
  }
  return [
    el('p', {}, `${pages(memory.pages)} of memory from address 0 on the left; ${pages(memory.preserved_by_kho)} on the list of preserved pages. `,
      `The width of a range grows with the root of its size. Framed is what this step has changed.`),
    map,
    memoryKey(memory.totals, strays.length > 0),
    strays.length > 0 && el('p', {}, `Written at this step, and nobody\u2019s: ${strays.join(', ')}.`),
    el('details', {}, el('summary', {}, `${plural(memory.map.length, 'range')}, ${bytes(memory.bytes_stored)} of contents`),
      rangeTable(memory.map, old)),
  ];
}

function rangeTable(map, old) {
  const head = ['address', 'size', 'kind', 'owner', 'file', 'preserved'];
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Ranges of memory' }, el('table', {},
    el('thead', {}, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, map.map((range) => el('tr', { class: differs(range, old) ? 'changed' : null },
      el('td', { class: 'code' }, range.first), el('td', {}, pages(range.pages)), el('td', {}, range.kind),
      el('td', {}, range.owner), el('td', {}, range.file), el('td', {}, range.preserved ? 'yes' : 'no'))))));
}
