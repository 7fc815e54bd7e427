// SPDX-License-Identifier: Apache-2.0
//
// Puts the page together: one current step, one filter, and parts that draw what they are told.
import { States, stepsOf } from './data.js';
import { byId, el } from './dom.js';
import { Axis } from './axis.js';
import { Lanes, zoomButtons } from './lanes.js';
import { StepList } from './list.js';
import { StepPanel } from './state.js';
import { Sequence } from './sequence.js';
import { drawStory } from './story.js';
import { drawAbout, drawHead, drawLegend } from './about.js';
import { listenToKeys } from './keys.js';

const FEW = 900;

class App {
  constructor(report) {
    this.report = report;
    this.steps = stepsOf(report);
    this.states = new States(report.states);
    this.violations = report.summary.violations;
    // Several may break at one step; those that nobody expected come first.
    this.violationsAt = new Map();
    for (const each of [...this.violations].sort((a, b) => a.expected - b.expected)) {
      this.violationsAt.set(each.step, [...(this.violationsAt.get(each.step) ?? []), each]);
    }
    this.criticalSteps = new Set(this.violations.filter((each) => each.critical_step !== null).map((each) => each.critical_step));
    // An exploration forgets time: its steps have an order and nothing else.
    this.isTimed = report.summary.command !== 'check';
    this.moveStarts = new Map(report.moves.map((move, number) => [move.step, number]));
    this.query = '';
    this.hidden = new Set(['row']);
    this.lane = null;
    this.axis = new Axis(this.steps, !this.isTimed || this.steps.length <= FEW ? 'even' : 'time');
    this.step = 0;
    this.filterSteps();
  }

  // --- what is shown ----------------------------------------------------------------------------

  isShown(step) {
    return this.shownSet.has(step.index);
  }

  /** Addresses, in hexadecimal, of pages that are nobody's and that a device writes to. */
  strayWritesAt(step) {
    return this.report.stray_writes.filter((write) => write.step === step).map((write) => write.address);
  }

  isFound(step) {
    return this.query !== '' && (step.text.toLowerCase().includes(this.query) || step.kind.name.includes(this.query));
  }

  filterSteps() {
    const keeps = (step) => (!this.hidden.has(step.kind.weight) || this.violationsAt.has(step.index) || this.isFound(step))
      && (this.lane === null || this.lanes.rows.belongs(step.lane, this.lane) || step.file === this.lane);
    this.shown = this.steps.filter(keeps);
    if (this.shown.length === 0) this.shown = this.steps;
    this.shownSet = new Set(this.shown.map((step) => step.index));
  }

  moveBeginningAt(step) {
    // Several moves may lead to no record of their own: the last one is the heading.
    return this.moveStarts.get(step.index) ?? null;
  }

  // --- going about ------------------------------------------------------------------------------

  go(step) {
    this.step = Math.max(0, Math.min(step, this.steps.length - 1));
    // Whoever is sent to a step sees it, whatever is filtered.
    if (!this.shownSet.has(this.step)) {
      this.shown = this.steps.filter((each) => this.shownSet.has(each.index) || each.index === this.step);
      this.shownSet.add(this.step);
    }
    window.history.replaceState(null, '', `#step=${this.step + 1}`);
    const before = [this.axis.from, this.axis.to];
    this.axis.reveal(this.step);
    if (before[0] !== this.axis.from || before[1] !== this.axis.to) this.lanes.draw();
    else this.lanes.drawCursor();
    this.drawStep();
  }

  drawStep() {
    this.list.draw();
    this.panel.draw();
    this.sequence.draw();
    this.number.value = String(this.step + 1);
    byId('announce').textContent = `Step ${this.step + 1}: ${this.steps[this.step].text}`;
  }

  /** To the step so many of those that are shown further on. */
  move(by) {
    const place = this.shown.findIndex((step) => step.index >= this.step);
    const at = place < 0 ? this.shown.length - 1 : place;
    this.go(this.shown[Math.max(0, Math.min(at + by, this.shown.length - 1))].index);
  }

  /** To the next step of which something is true, and round again from the other end. */
  seek(direction, isWanted) {
    const count = this.steps.length;
    for (let by = 1; by <= count; by += 1) {
      const step = this.steps[(((this.step + direction * by) % count) + count) % count];
      if (isWanted(step)) return this.go(step.index);
    }
    return undefined;
  }

  zoom(factor) {
    if (factor === null) this.axis.showAll();
    else this.axis.zoom(factor, Math.min(1, Math.max(0, this.axis.part(this.step))));
    this.lanes.draw();
  }

  changeFilter() {
    this.filterSteps();
    this.lanes.draw();
    this.drawStep();
  }

  changeTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    this.nameTheme();
  }

  nameTheme() {
    const { theme } = document.documentElement.dataset;
    const dark = theme ? theme === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches;
    byId('theme').textContent = dark ? 'Light' : 'Dark';
  }

  // --- controls ---------------------------------------------------------------------------------

  drawControls(place) {
    const button = (text, label, action) => el('button', { type: 'button', 'aria-label': label, title: label, onclick: action }, text);
    this.number = el('input', { type: 'number', min: 1, max: this.steps.length, 'aria-label': `Step, 1 to ${this.steps.length}`, onchange: (event) => this.go(Number(event.target.value) - 1) });
    this.searchField = el('input', { type: 'search', placeholder: 'Search\u2026', 'aria-label': 'Search steps', oninput: (event) => {
      this.query = event.target.value.trim().toLowerCase();
      this.changeFilter();
    }, onkeydown: (event) => {
      if (event.key === 'Enter') this.seek(event.shiftKey ? -1 : 1, (step) => this.isFound(step));
      if (event.key === 'Escape') event.target.blur();
    } });
    const box = (weight, text) => el('label', {}, el('input', { type: 'checkbox', checked: !this.hidden.has(weight), onchange: (event) => {
      if (event.target.checked) this.hidden.delete(weight);
      else this.hidden.add(weight);
      this.changeFilter();
    } }), text);
    const lane = el('select', { 'aria-label': 'Only one lane', onchange: (event) => {
      this.lane = event.target.value === '' ? null : Number(event.target.value);
      this.changeFilter();
    } }, el('option', { value: '' }, 'all lanes'), this.report.lanes.map((each, number) => this.lanes.rows.offers(number)
      && el('option', { value: number }, `${each.group}: ${each.name}`)));
    const scale = el('select', { 'aria-label': 'Scale of the timeline', onchange: (event) => { this.axis.setScale(event.target.value); this.lanes.draw(); } },
      el('option', { value: 'even', selected: this.axis.scale === 'even' }, 'step by step'),
      this.isTimed && el('option', { value: 'time', selected: this.axis.scale === 'time' }, 'by time'));
    place.replaceChildren(
      el('div', { class: 'control' }, button('\u25c0', 'Step back', () => this.move(-1)), this.number, button('\u25b6', 'Step on', () => this.move(1)),
        this.violations.length > 0 && button('\u25b2 next violation', 'Next violation', () => this.seek(1, (step) => this.violationsAt.has(step.index)))),
      el('div', { class: 'control' }, this.searchField, lane, box('row', 'rows of programs'), box('detail', 'details')),
      el('div', { class: 'control' }, scale, zoomButtons(this, this.lanes)));
  }

  start() {
    drawHead(this, byId('head'));
    drawStory(this, byId('story'));
    drawLegend(this, byId('legend'));
    this.lanes = new Lanes(this, byId('lanes'));
    this.drawControls(byId('controls'));
    this.list = new StepList(this, byId('list'));
    this.panel = new StepPanel(this, byId('step'));
    this.sequence = new Sequence(this, byId('sequence'));
    drawAbout(this, byId('about'));
    this.nameTheme();
    this.lanes.draw();
    this.goToAddress();
    window.addEventListener('hashchange', () => this.goToAddress());
    window.addEventListener('resize', () => { this.lanes.draw(); this.sequence.draw(); });
    window.addEventListener('beforeprint', () => { for (const each of document.querySelectorAll('#words, #scenario')) each.open = true; });
    listenToKeys(this);
  }

  /** The step that the address names; else what is most worth a look: the violation. */
  goToAddress() {
    const named = /step=(\d+)/.exec(window.location.hash);
    const broken = this.violations.find((each) => !each.expected);
    if (named) this.go(Number(named[1]) - 1);
    else this.go(broken ? broken.step : this.shown[0].index);
  }
}

const report = JSON.parse(byId('data').textContent);
if (report.steps.length > 0) new App(report).start();
else byId('head').append(el('h1', {}, report.title), el('p', {}, 'The run was stopped before its first step.'));
