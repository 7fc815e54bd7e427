// SPDX-License-Identifier: Apache-2.0
//
// One step: what it says, what it means, what it changed, and the machine at that moment in tabs.
import { el } from './dom.js';
import { changesBetween, isStructured, namesOf } from './changes.js';
import { devicesView } from './devices.js';
import { momentOf } from './lanes.js';
import { machineView } from './machine.js';
import { memoryView } from './memory.js';
import { valueText } from './words.js';

const MOST_CHANGES = 40;
// Clocks, the queue of tasks, how far scripts are and what was stored tell nothing that the step does not.
const QUIET = [/^machine\.(time_ns|story_is_over|actors_left)$/, /^tasks\./, /^actors\./, /^memory\.bytes_stored$/,
  /^vms\.[^.]+\.(shown|writes|since_ns)$/, /^vms\..*\.(random|waits_since_ns|unflushed)$/];

const TABS = [
  ['update', 'Phase and files', (state, before) => machineView(state, before)],
  ['memory', 'Memory', (state, before, app) => memoryView(state.memory, before.memory, app.strayWritesAt(app.step))],
  ['devices', 'Devices and interrupts', (state, before) => devicesView(state, before)],
  ['all', 'Everything', (state, before, app) => everything(state, before, app)],
];

function tree(name, value, old, open) {
  const changed = JSON.stringify(value) !== JSON.stringify(old);
  if (!isStructured(value)) {
    return el('li', { class: changed ? 'changed' : null }, el('span', { class: 'name' }, name), ': ', valueText(value),
      changed && old !== undefined && el('span', { class: 'was' }, ` (was ${valueText(old)})`));
  }
  const isList = Array.isArray(value);
  const members = isList ? value.map((each, index) => [namesOf(value)[index], each]) : Object.entries(value);
  const oldOf = (member, index) => (isStructured(old) ? (isList ? old[index] : old[member]) : undefined);
  const details = el('details', { open }, el('summary', { class: changed ? 'changed' : null }, name, isList ? ` (${value.length})` : ''));
  const show = () => {
    if (details.childElementCount > 1) return;
    details.append(el('ul', { class: 'tree' }, members.map(([member, each], index) => tree(member, each, oldOf(member, index), false))));
  };
  if (open) show();
  details.addEventListener('toggle', () => { if (details.open) show(); });
  return el('li', {}, details);
}

function everything(state, before, app) {
  const about = new Map(app.report.sections.map((section) => [section.name, section.about]));
  return el('ul', { class: 'tree' }, Object.entries(state).map(([name, value]) => {
    const item = tree(name, value, before[name], false);
    item.querySelector('summary')?.append(el('span', { class: 'about' }, ` \u2014 ${about.get(name) ?? ''}`));
    return item;
  }));
}

function changeText(change) {
  const path = el('span', { class: 'name' }, change.path);
  if (change.before === undefined) return [path, isStructured(change.after) ? ': new' : `: new, ${valueText(change.after)}`];
  if (change.after === undefined) return [path, ': gone'];
  return [path, ': ', el('del', {}, valueText(change.before)), ' \u2192 ', el('ins', {}, valueText(change.after))];
}

/** What is different from the step before: first what counts, the rest folded away. */
export function changesView(before, state, title) {
  const all = changesBetween(before, state);
  const loud = all.filter((change) => !QUIET.some((pattern) => pattern.test(change.path)));
  const quiet = all.filter((change) => !loud.includes(change));
  const items = (changes) => el('ul', { class: 'changes' }, changes.map((change) => el('li', {}, changeText(change))));
  const rest = loud.length - MOST_CHANGES;
  return el('div', { class: 'what-changed' },
    el('h3', {}, title),
    loud.length === 0 ? el('p', {}, 'Nothing but clocks and how far tasks and scripts are.') : items(loud.slice(0, MOST_CHANGES)),
    rest > 0 && el('p', {}, `and ${rest} more: see \u201cEverything\u201d.`),
    quiet.length > 0 && el('details', {}, el('summary', {}, `${quiet.length} of clocks, tasks and scripts`), items(quiet.slice(0, MOST_CHANGES))));
}

export class StepPanel {
  constructor(app, place) {
    this.app = app;
    this.place = place;
    this.tab = 'update';
    this.words = el('div', {});
    this.changes = el('div', {});
    this.tabs = TABS.map(([id, name]) => el('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': 'tab-panel',
      onclick: () => this.show(id), onkeydown: (event) => this.walk(event) }, name));
    this.panel = el('div', { id: 'tab-panel', role: 'tabpanel', tabindex: 0 });
    place.append(this.words, this.changes, el('div', { role: 'tablist', 'aria-label': 'State at this step' }, this.tabs), this.panel);
  }

  show(tab) {
    this.tab = tab;
    this.drawState();
  }

  walk(event) {
    const shift = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!shift) return;
    event.preventDefault();
    event.stopPropagation();
    const at = TABS.findIndex(([id]) => id === this.tab);
    const next = (at + shift + TABS.length) % TABS.length;
    this.show(TABS[next][0]);
    this.tabs[next].focus();
  }

  /** The step that the current one is compared with: the one before it that is shown. */
  before() {
    const { app } = this;
    for (let index = app.step - 1; index >= 0; index -= 1) if (app.isShown(app.steps[index])) return index;
    return Math.max(0, app.step - 1);
  }

  draw() {
    const { app } = this;
    const step = app.steps[app.step];
    const before = this.before();
    const broken = app.violationsAt.get(app.step) ?? [];
    const lane = app.report.lanes[step.lane];
    this.words.replaceChildren(...[
      el('p', { class: 'moment' }, `Step ${app.step + 1} of ${app.steps.length}`, ` \u00b7 ${momentOf(app, step)} \u00b7 ${lane.group}: ${lane.name}`),
      el('p', { class: 'said' }, step.text),
      el('p', { class: 'means' }, step.kind.means, el('span', { class: 'kind' }, ` (${step.kind.name})`)),
      ...broken.map((each) => el('p', { class: each.expected ? 'verdict expected' : 'verdict violation' }, `Here ${each.guarantee} is broken: ${each.cause}.`)),
      app.criticalSteps.has(app.step) && el('p', { class: 'verdict critical' }, 'The last moment at which it could still have ended well.'),
    ].filter(Boolean));
    this.changes.replaceChildren(changesView(app.states.at(before), app.states.at(app.step),
      app.step === 0 ? 'The story begins' : `What changed since step ${before + 1}`));
    this.drawState();
  }

  drawState() {
    const { app } = this;
    TABS.forEach(([id], index) => {
      this.tabs[index].setAttribute('aria-selected', id === this.tab ? 'true' : 'false');
      this.tabs[index].tabIndex = id === this.tab ? 0 : -1;
    });
    this.panel.setAttribute('aria-labelledby', `tab-${this.tab}`);
    const view = TABS.find(([id]) => id === this.tab)[2];
    const made = view(app.states.at(app.step), app.states.at(this.before()), app);
    this.panel.replaceChildren(...[made].flat(Infinity).filter(Boolean));
  }
}
