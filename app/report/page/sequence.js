// SPDX-License-Identifier: Apache-2.0
//
// Who turns to whom around the current step: a line of life for each, time goes down. Brackets at the
// left join a command of a device with its completion, and a file with its coming back.
import { svg, fitted } from './dom.js';

const ROW = 26;
const HEAD = 34;
const BEFORE = 9;
const BEHIND = 16;
const BRACKETS = 74;
const ORDER = ['LUO', 'KHO', 'kernel', 'IOMMU', 'kvm', 'memory'];

/** People first, then the kernel's parts, then the rest in the order in which they came. */
function column(name, actors) {
  if (actors.includes(name)) return actors.indexOf(name);
  if (name === 'guest') return actors.length;
  const part = ORDER.indexOf(name);
  if (name === 'memory') return 1000;
  return part < 0 ? 500 : 100 + part;
}

export class Sequence {
  constructor(app, place) {
    this.app = app;
    this.place = place;
    this.actors = app.report.lanes.filter((lane) => lane.group === 'user space' || (lane.group === 'VMs' && lane.vm === undefined)).map((lane) => lane.name);
    this.talks = [];
    this.brackets = app.report.arrows.filter((arrow) => arrow.kind !== 'kexec');
  }

  window() {
    const talks = this.app.shown.filter((step) => step.talk);
    let at = talks.findIndex((step) => step.index >= this.app.step);
    if (at < 0) at = talks.length - 1;
    const from = Math.max(0, Math.min(at - BEFORE, talks.length - BEFORE - BEHIND));
    return talks.slice(from, from + BEFORE + BEHIND);
  }

  draw() {
    const { people } = this.app.report;
    const steps = this.window();
    const used = [...new Set(steps.flatMap((step) => [step.talk.from, step.talk.to]))]
      .sort((a, b) => column(people[a], this.actors) - column(people[b], this.actors) || a - b);
    const width = Math.max(this.place.clientWidth, 320);
    const gap = (width - BRACKETS - 16) / Math.max(used.length, 1);
    const x = (person) => BRACKETS + gap * (used.indexOf(person) + 0.5);
    const height = HEAD + steps.length * ROW + 10;
    const picture = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, class: 'sequence', role: 'img',
      'aria-label': `Sequence of ${steps.length} messages among ${used.map((each) => people[each]).join(', ')}; the list of steps says the same` });
    picture.append(svg('defs', {}, svg('marker', { id: 'talk-end', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto-start-reverse' },
      svg('path', { d: 'M0 0L8 4L0 8z', class: 'talk-end' }))));
    for (const person of used) {
      const at = x(person);
      picture.append(svg('path', { d: `M${at} ${HEAD - 6}V${height}`, class: 'life' }),
        svg('rect', { x: at - Math.min(gap / 2 - 3, 56), y: 4, width: Math.min(gap - 6, 112), height: 24, rx: 5, class: 'person' }),
        svg('text', { x: at, y: 20, 'text-anchor': 'middle', class: 'person-name' }, fitted(people[person], Math.min(gap - 8, 112) * 0.85)));
    }
    steps.forEach((step, row) => picture.append(this.message(step, HEAD + row * ROW, x, width, gap)));
    picture.append(this.joints(steps));
    this.place.replaceChildren(picture);
  }

  message(step, y, x, width, gap) {
    const { app } = this;
    const from = x(step.talk.from);
    const to = x(step.talk.to);
    const violation = app.violationsAt.get(step.index)?.[0];
    const state = `${step.index === app.step ? ' current' : ''}${violation ? (violation.expected ? ' expected' : ' violation') : step.kind.alarm ? ' alarm' : ''}${step.kind.name === 'engine.fault_fired' ? ' fault' : ''}`;
    const group = svg('g', { class: `talk${state}`, onclick: () => app.go(step.index) },
      svg('rect', { x: 0, y, width, height: ROW, class: 'talk-row' }));
    if (step.kind.name === 'kernel.kexec') {
      group.append(svg('path', { d: `M${BRACKETS} ${y + ROW - 4}H${width}`, class: 'jump' }));
    } else if (from === to) {
      group.append(svg('circle', { cx: from, cy: y + ROW / 2, r: 4, class: 'self' }));
    } else {
      group.append(svg('path', { d: `M${from} ${y + ROW - 5}H${to}`, class: step.talk.answer ? 'message answer' : 'message', 'marker-end': 'url(#talk-end)' }));
    }
    const left = Math.min(from, to) + 9;
    const isRight = left > width - Math.max(gap, width / 3);
    const at = isRight ? Math.max(from, to) - 9 : left;
    const room = isRight ? at - BRACKETS : width - at - 8;
    const isJump = step.kind.name === 'kernel.kexec';
    const middle = from === to && !isJump ? ROW / 2 + 4 : ROW - 10;
    group.append(svg('text', { x: at, y: y + middle, 'text-anchor': isRight ? 'end' : 'start', class: 'talk-text' }, fitted(step.text, room)),
      svg('title', {}, `step ${step.index + 1}: ${step.text}`));
    return group;
  }

  /** What began in one row and ends in another, or comes from outside of what is shown. */
  joints(steps) {
    const rows = new Map(steps.map((step, row) => [step.index, HEAD + row * ROW + ROW / 2]));
    const group = svg('g', {});
    const taken = [];
    for (const arrow of this.brackets) {
      const from = rows.get(arrow.from);
      const to = rows.get(arrow.to);
      if (from === undefined && to === undefined) continue;
      const [top, bottom] = [from ?? HEAD - 8, to ?? HEAD + steps.length * ROW];
      let lane = taken.findIndex((end) => end < top);
      if (lane < 0) lane = taken.push(0) - 1;
      taken[lane] = bottom;
      if (lane > 5) continue;
      const x = BRACKETS - 12 - lane * 10;
      const head = to === undefined ? '' : `H${BRACKETS - 2}`;
      const tail = from === undefined ? `M${x} ${top}` : `M${BRACKETS - 4} ${top}H${x}`;
      group.append(svg('path', { d: `${tail}V${bottom}${head}`, class: `joint ${arrow.kind}`, 'marker-end': to === undefined ? null : 'url(#talk-end)' },
        svg('title', {}, `${arrow.name}: step ${arrow.from + 1} to ${arrow.to + 1}`)));
    }
    return group;
  }
}
