// SPDX-License-Identifier: Apache-2.0
//
// The steps in words, as the kernel's log has them. Only those near the current one are in the page, so
// that a long story scrolls as fast as a short one.
import { el } from './dom.js';
import { clock } from './words.js';

const NEAR = 150;

function who(app, step) {
  return app.report.lanes[step.lane].name;
}

export class StepList {
  constructor(app, place) {
    this.app = app;
    this.box = el('ol', { class: 'steps', role: 'listbox', tabindex: 0, 'aria-label': 'Steps of the story',
      onclick: (event) => {
        const row = event.target.closest('li');
        if (row?.dataset.step) app.go(Number(row.dataset.step));
      } });
    this.note = el('p', { class: 'note', id: 'list-note' });
    place.append(this.note, this.box);
  }

  draw() {
    const { app } = this;
    const at = app.shown.findIndex((step) => step.index >= app.step);
    const middle = at < 0 ? app.shown.length - 1 : at;
    const from = Math.max(0, middle - NEAR);
    const to = Math.min(app.shown.length, middle + NEAR);
    this.note.textContent = `${app.shown.length} of ${app.steps.length} steps are shown`
      + `${app.query ? `, ${app.shown.filter((step) => app.isFound(step)).length} contain \u201c${app.query}\u201d` : ''}.`;
    const rows = [];
    if (from > 0) rows.push(this.gap(from, 'before'));
    for (let index = from; index < to; index += 1) rows.push(this.moveOf(app.shown[index]), this.row(app.shown[index]));
    if (to < app.shown.length) rows.push(this.gap(app.shown.length - to, 'behind'));
    this.box.replaceChildren(...rows.filter((row) => row !== null));
    this.reveal();
  }

  gap(number, where) {
    return el('li', { class: 'gap', role: 'presentation' }, `${number} more steps ${where}`);
  }

  /** A heading where a move of an exploration begins. */
  moveOf(step) {
    const number = this.app.moveBeginningAt(step);
    if (number === null) return null;
    const move = this.app.report.moves[number];
    const critical = this.app.criticalSteps.has(move.step);
    return el('li', { class: critical ? 'move critical' : 'move', role: 'presentation' },
      `move ${number + 1}. ${move.who}: ${move.what}${critical ? ' \u2014 the last one that could have been another' : ''}`);
  }

  row(step) {
    const { app } = this;
    const broken = app.violationsAt.get(step.index) ?? [];
    const kind = broken.length > 0 ? (broken[0].expected ? 'expected' : 'violation')
      : step.kind.alarm ? 'alarm' : step.kind.name === 'engine.fault_fired' ? 'fault' : step.kind.weight;
    const current = step.index === app.step;
    return el('li', { id: `step-${step.index + 1}`, class: `step ${kind}`, role: 'option', 'aria-selected': current ? 'true' : 'false', 'data-step': step.index },
      el('span', { class: 'number' }, String(step.index + 1)),
      app.isTimed && el('span', { class: 'time' }, clock(step.time)),
      el('span', { class: 'who' }, who(app, step)),
      el('span', { class: 'what' }, step.text, broken.length > 0 && el('strong', {}, ` \u25b2 breaks ${broken.map((each) => each.guarantee).join(', ')}`)));
  }

  reveal() {
    const row = this.box.querySelector('[aria-selected="true"]');
    if (!row) return;
    this.box.setAttribute('aria-activedescendant', row.id);
    this.box.scrollTop = row.offsetTop - this.box.clientHeight / 2;
  }
}
