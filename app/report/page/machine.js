// SPDX-License-Identifier: Apache-2.0
//
// The update as a whole: in which phase it is, which files take part and how far they are, what the
// kernels have for one another.
import { el, svg } from './dom.js';
import { count, pages } from './words.js';

// Places of the phases in the picture, and what leads from one to the next.
const PHASES = { normal: [70, 38], prepared: [250, 38], frozen: [430, 38], updated: [430, 118] };
const WAYS = [
  ['normal', 'prepared', 'prepare'], ['prepared', 'frozen', 'freeze'], ['frozen', 'updated', 'kexec'],
  ['updated', 'normal', 'finish'], ['prepared', 'normal', 'cancel'], ['frozen', 'normal', 'cancel'],
];
const BOX = { width: 104, height: 34 };

function wayPath(from, to) {
  const [x, y] = PHASES[from];
  const [u, v] = PHASES[to];
  const half = BOX.width / 2;
  if (from === 'frozen' && to === 'updated') return [`M${x} ${y + 17}V${v - 19}`, x + 8, 82, 'start'];
  if (from === 'updated') return [`M${x - half} ${y}H${u}V${v + 19}`, 180, y - 6, 'middle'];
  if (to === 'normal' && from === 'prepared') return [`M${x - 20} ${y + 17}C${x - 40} 76 ${u + 70} 76 ${u + 36} 57`, 160, 66, 'middle'];
  if (to === 'normal') return [`M${x - 20} ${y + 17}C${x - 80} 104 ${u + 70} 104 ${u + 18} 57`, 330, 84, 'middle'];
  return [`M${x + half} ${y}H${u - half - 2}`, (x + u) / 2, y - 6, 'middle'];
}

/** The phases with the current one lit. */
export function phaseDiagram(phase, before) {
  const picture = svg('svg', { viewBox: '0 0 500 142', class: 'phases', role: 'img',
    'aria-label': `Phase of the update: ${phase}${before !== phase ? `, was ${before}` : ''}` });
  for (const [from, to, name] of WAYS) {
    const [path, x, y, anchor] = wayPath(from, to);
    const taken = from === before && to === phase;
    picture.append(svg('path', { d: path, class: taken ? 'way taken' : 'way', 'marker-end': 'url(#way-end)' }),
      svg('text', { x, y, 'text-anchor': anchor, class: 'way-name' }, name));
  }
  for (const [name, [x, y]] of Object.entries(PHASES)) {
    picture.append(svg('rect', { x: x - BOX.width / 2, y: y - BOX.height / 2, width: BOX.width, height: BOX.height, rx: 8, class: name === phase ? 'phase lit' : 'phase' }),
      svg('text', { x, y: y + 5, 'text-anchor': 'middle', class: name === phase ? 'phase-name lit' : 'phase-name' }, name));
  }
  picture.append(svg('defs', {}, svg('marker', { id: 'way-end', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' }, svg('path', { d: 'M0 0L8 4L0 8z', class: 'way-end' }))));
  return picture;
}

function fileRows(state) {
  const rows = [];
  for (const file of state.luo.files.outgoing) rows.push({ ...file, where: 'outgoing' });
  for (const file of state.luo.files.incoming) rows.push({ ...file, where: 'incoming' });
  return rows;
}

function isNew(file, before) {
  return !before.some((other) => JSON.stringify(other) === JSON.stringify(file));
}

/** A table with the cells of each row, which are texts. */
export function table(label, head, rows) {
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, el('table', {},
    el('thead', {}, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', {}, rows.map((row) => el('tr', { class: row.changed ? 'changed' : null }, row.cells.map((cell) => el('td', {}, cell)))))));
}

function files(state, before) {
  const old = fileRows(before);
  const rows = fileRows(state);
  if (rows.length === 0) return el('p', {}, 'No file is in LUO\u2019s care.');
  return table('Files in LUO\u2019s care', ['file', 'token', 'handler', 'list', 'state', 'word'], rows.map((file) => ({
    changed: isNew(file, old),
    cells: [file.name, String(file.token), file.handler, file.where, file.state, file.word] })));
}

function fact(name, value, changed) {
  return el('div', { class: changed ? 'fact changed' : 'fact' }, el('dt', {}, name), el('dd', {}, value));
}

function facts(state, before) {
  const all = (of) => [
    ['kernel', `${of.machine.kernel}, generation ${of.machine.generation}, ${of.machine.state}`],
    ['KHO', of.kho.enabled ? (of.kho.finalized ? 'finalized' : 'not finalized') : 'off'],
    ['preserved', `${count(of.kho.preserved_pages)} pages, ${pages(of.kho.preserved_pages)}`],
    ['tree of LUO', of.luo.tree_present ? `at ${of.luo.tree}` : 'none'],
    ...of.vms.map((vm) => [vm.name, `${vm.state}, ${vm.vcpus} vCPUs`]),
  ];
  const old = all(before);
  return el('dl', { class: 'facts' }, all(state).map(([name, value], index) => fact(name, value, old[index]?.[1] !== value)));
}

export function machineView(state, before) {
  return [phaseDiagram(state.luo.phase, before.luo.phase), facts(state, before), el('h3', {}, 'Files'), files(state, before)];
}
