// SPDX-License-Identifier: Apache-2.0
//
// What went wrong, in words, before anything else: which guarantee, why, the last moment at which it
// could have been avoided, and what led there, each with a way to its step.
import { el } from './dom.js';
import { plural } from './words.js';

const MOST_CLUES = 12;
/** What the same device, guest or process did just before. */
const MOST_NEIGHBOURS = 4;

function link(app, step, text) {
  return el('a', { href: `#step=${step + 1}`, onclick: (event) => { event.preventDefault(); app.go(step); } }, text);
}

/**
 * Steps that tell how it came: faults, calls, phases, kernels, what went wrong by itself, the last
 * chance, and what was done last where it broke.
 */
function clues(app, violation) {
  const tells = (step) => step.index <= violation.step
    && (step.kind.weight === 'story' || step.kind.alarm) && !/^(kernel\.devices|user\.vm_started)/.test(step.kind.name);
  const all = app.steps.filter(tells);
  const last = all.slice(-MOST_CLUES);
  const faults = all.filter((step) => step.kind.name === 'engine.fault_fired' && !last.includes(step));
  const { lane } = app.steps[violation.step];
  const neighbours = app.steps.filter((step) => step.index <= violation.step && step.lane === lane && step.kind.weight !== 'row').slice(-MOST_NEIGHBOURS);
  const critical = violation.critical_step === null ? [] : [app.steps[violation.critical_step]];
  const told = new Set([...faults, ...critical, ...last, ...neighbours]);
  return [...told].sort((one, other) => one.index - other.index);
}

function clue(app, step) {
  const lane = app.report.lanes[step.lane].name;
  return el('li', { class: app.criticalSteps.has(step.index) ? 'critical' : step.kind.name === 'engine.fault_fired' ? 'fault' : null },
    link(app, step.index, `Step ${step.index + 1}`), ` ${lane}: ${step.text}`);
}

function moveClue(app, number) {
  const move = app.report.moves[number];
  const isCritical = app.criticalSteps.has(move.step);
  return el('li', { class: isCritical ? 'critical' : null }, link(app, Math.min(move.step, app.steps.length - 1), `Move ${number + 1}`),
    ` ${move.who}: ${move.what}`, isCritical && el('strong', {}, ' \u2014 last chance'));
}

/** Of an exploration: its last moves and those around the one that decides, and what they led to. */
function movesView(app, violation) {
  const { moves } = app.report;
  const critical = moves.findIndex((move) => move.step === violation.critical_step);
  const entries = clues(app, violation).map((step) => ({ step: step.index, order: 1, item: clue(app, step) }));
  moves.forEach((move, number) => {
    const isNear = number >= moves.length - 4 || (critical >= 0 && Math.abs(number - critical) <= 2);
    if (isNear) entries.push({ step: move.step, order: 0, item: moveClue(app, number) });
  });
  entries.sort((a, b) => a.step - b.step || a.order - b.order);
  return el('ul', { class: 'clues' }, entries.map((entry) => entry.item));
}

function one(app, violation) {
  const rows = [
    el('p', { class: 'cause' }, el('strong', {}, `${violation.cause}.`)),
    el('p', {}, `Promised is: ${violation.summary}`, violation.times > 1 ? ` It was seen to be broken ${violation.times} times.` : ''),
    el('p', { class: 'jumps' },
      el('button', { type: 'button', class: 'strong', onclick: () => app.go(violation.step) }, `\u25b2 Go to the violation, step ${violation.step + 1}`),
      violation.critical_step !== null && el('button', { type: 'button', onclick: () => app.go(violation.critical_step) }, `Go to the last chance, step ${violation.critical_step + 1}`)),
  ];
  const how = app.report.moves.length > 0 ? movesView(app, violation) : el('ul', { class: 'clues' }, clues(app, violation).map((step) => clue(app, step)));
  return el('article', { class: violation.expected ? 'broken expected' : 'broken' },
    el('h3', {}, violation.guarantee, violation.expected ? ' is broken, as the scenario says' : ' is broken'),
    rows, el('details', { open: !violation.expected }, el('summary', {}, 'How it came to this'), how));
}

export function drawStory(app, place) {
  if (app.violations.length === 0) return;
  place.hidden = false;
  const unexpected = app.violations.filter((each) => !each.expected).length;
  place.classList.toggle('all-expected', unexpected === 0);
  const number = plural(app.violations.length, 'guarantee');
  place.replaceChildren(el('h2', { id: 'story-title' }, unexpected === 0 ? `${number} broken, as the scenario expects` : `What went wrong: ${number} broken`),
    ...[...app.violations].sort((a, b) => a.expected - b.expected).map((violation) => one(app, violation)));
}
