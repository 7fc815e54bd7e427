// SPDX-License-Identifier: Apache-2.0
//
// The head of the page, its legend, and what stands at its end: figures, expectations, the scenario and
// how to see it again.
import { el, svg } from './dom.js';
import { markShape } from './lanes.js';
import { memoryKey } from './memory.js';
import { table } from './machine.js';
import { count, duration, metric, plural } from './words.js';

const VERDICTS = { pass: 'everything held as expected', fail: 'something is broken', incomplete: 'stopped before its end', vacuous: 'nothing was put to the test' };
const MARKS_SHOWN = [
  ['story', 'call, phase, kernel, guest that stops or goes'], ['event', 'line of the log'],
  ['detail', 'detail of a device or guest'], ['row', 'row of a program'],
  ['fault', 'fault that the scenario injects'], ['alarm', 'something went wrong'],
  ['violation', 'a guarantee is broken'],
];
const KEYS = [
  ['\u2190 \u2192', 'step back and on'], ['Page up / down', 'ten steps'], ['Home, End', 'first and last step'],
  ['v / V', 'next and previous violation'], ['f', 'next fault'], ['p', 'next change of phase'],
  ['c', 'show or fold the vCPUs of all guests'],
  ['/', 'search; Enter goes to the next step that is found'], ['+ \u2212 0', 'zoom in, out, all'], ['1 2 3 4', 'tabs of the state'],
];

export function drawHead(app, place) {
  const { summary, title, thinned } = app.report;
  const facts = [
    `luosim ${summary.luosim} ${summary.command}`, summary.scenario, `protocol ${summary.protocol}`,
    summary.end_ns === undefined ? plural(app.report.moves.length, 'move') : `${duration(summary.end_ns)} of simulated time`,
    thinned.left_out > 0 ? `${count(thinned.steps)} of ${count(thinned.records)} records shown` : plural(thinned.steps, 'step'),
  ];
  place.replaceChildren(
    el('div', { class: 'title-row' }, el('h1', {}, title),
      el('span', { class: `badge ${summary.verdict}`, title: VERDICTS[summary.verdict] }, summary.verdict.toUpperCase()),
      el('button', { type: 'button', id: 'theme', class: 'no-print', onclick: () => app.changeTheme() }, 'Dark')),
    el('p', { class: 'facts-line' }, facts.join(' \u00b7 ')));
  if (thinned.left_out > 0) place.append(thinningNote(thinned));
}

/** What is not there must be said, or people take the picture for the whole. */
function thinningNote(thinned) {
  const kinds = Object.entries(thinned.by_kind).sort((a, b) => b[1] - a[1]);
  return el('details', { class: 'note-box', id: 'thinned' },
    el('summary', {}, `Thinned: ${count(thinned.left_out)} of ${count(thinned.records)} records are left out, evenly.`),
    thinned.guests && el('p', {}, `Of ${count(thinned.guests.all)} guests ${count(thinned.guests.told)} are told, evenly. What happens to the others is left out `
      + 'unless it breaks a guarantee; every state shows all of them.'),
    el('p', {}, 'Calls of people, phases, kernels, faults, violations and blackouts are all here. Of the rest one of so many is shown, '
      + 'fewer the less it tells; a command of a device is shown from submission to completion or not at all. '
      + 'What changed since a step includes what was left out between.'),
    table('Records that are left out', ['kind', 'left out'], kinds.map(([name, number]) => ({ cells: [name, count(number)] }))));
}

export function drawLegend(app, place) {
  const mark = ([name, text]) => el('li', {}, svg('svg', { width: 22, height: 20, 'aria-hidden': 'true' }, markShape(name, 11, 10)), text);
  const swatch = (name, text) => el('li', {}, el('span', { class: `swatch ${name}` }), text);
  place.open = true;
  place.replaceChildren(el('summary', {}, el('h2', {}, 'Legend')),
    el('div', { class: 'legend-parts' },
      el('div', {}, el('h3', {}, 'On the timeline'), el('ul', { class: 'key' }, MARKS_SHOWN.map(mark),
        swatch('sample-blackout', 'blackout: the guest\u2019s processors stand still'),
        swatch('sample-kexec', 'kexec: the next kernel takes over'),
        swatch('sample-critical', 'last chance: from here on it cannot end well'),
        swatch('sample-arrow', 'from submission to completion, from preserve to restore'))),
      el('div', {}, el('h3', {}, 'Memory'), memoryKey()),
      el('div', { class: 'no-print' }, el('h3', {}, 'Keys'), el('dl', { class: 'keys' }, KEYS.map(([keys, text]) => [el('dt', {}, el('kbd', {}, keys)), el('dd', {}, text)])))),
    el('details', { id: 'words' }, el('summary', {}, 'Words that you need to know'),
      el('dl', { class: 'words' }, app.report.words.map((term) => [el('dt', {}, term.word), el('dd', {}, term.means)]))));
}

function metrics(summary) {
  const rows = Object.entries(summary.metrics).filter(([, value]) => value !== 0);
  if (rows.length === 0) return null;
  return el('div', {}, el('h2', {}, 'Figures'), table('Figures', ['name', 'value', 'exactly'],
    rows.map(([name, value]) => ({ cells: [name, metric(name, value), String(value)] }))));
}

function expectations(summary) {
  if (summary.expectations.length === 0) return null;
  return el('div', {}, el('h2', {}, 'What the scenario expects'), el('ul', { class: 'expectations' }, summary.expectations.map((each) => el('li', { class: each.held ? 'held' : 'failed' },
    el('strong', {}, each.held ? 'held ' : 'FAILED '), each.text, each.line === undefined ? '' : ` (line ${each.line})`))));
}

export function drawAbout(app, place) {
  const { report } = app;
  const copy = el('button', { type: 'button', class: 'no-print', onclick: () => navigator.clipboard?.writeText(report.replay) }, 'Copy');
  const parts = [metrics(report.summary), expectations(report.summary)].filter(Boolean);
  place.replaceChildren(...[
    parts.length > 0 && el('div', { class: 'two' }, parts),
    el('div', {}, el('h2', {}, 'See it again'), el('p', { class: 'replay' }, el('code', {}, report.replay), copy),
      el('p', {}, 'The same scenario, seed and version give the same steps, everywhere. The address of this page names its step: whoever opens it sees the same one.')),
    el('details', { id: 'scenario' }, el('summary', {}, el('h2', {}, 'Scenario')), el('pre', { tabindex: 0, 'aria-label': 'Text of the scenario' }, report.text)),
  ].filter(Boolean));
}
