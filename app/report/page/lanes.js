// SPDX-License-Identifier: Apache-2.0
//
// The timeline: a lane for each actor, guest, vCPU, kernel, file and device; what lasts as bars, what happens
// as marks, what is handed over as arrows; over all of them blackouts, jumps and violations.
import { el, svg, fitted } from './dom.js';
import { Rows, GROUP, LANE } from './rows.js';
import { Folds } from './folds.js';
import { duration, clock } from './words.js';

const LABEL_ROW = 17;
const TICKS = 22;
const NARROW = 760;

/** How much a step stands out, for where there is no room for all. */
function rank(app, step) {
  if (app.violationsAt.has(step.index)) return 6;
  if (step.kind.alarm) return 5;
  if (step.kind.name === 'engine.fault_fired') return 4;
  return { story: 3, event: 2, detail: 1, row: 0 }[step.kind.weight];
}

/** What a step is drawn as, by its rank. */
const MARKS = ['row', 'detail', 'event', 'story', 'fault', 'alarm', 'violation'];

export function markShape(mark, x, y) {
  const at = (path) => svg('path', { d: path, class: `mark ${mark}` });
  if (mark === 'row') return at(`M${x} ${y - 3}v6`);
  if (mark === 'detail') return at(`M${x} ${y - 5}v10`);
  if (mark === 'fault') return at(`M${x} ${y - 8}l7 8l-7 8l-7 -8z`);
  if (mark === 'alarm') return at(`M${x - 5} ${y - 5}l10 10m0 -10l-10 10`);
  if (mark === 'violation') return at(`M${x} ${y - 9}l9 16h-18z`);
  return svg('circle', { cx: x, cy: y, r: mark === 'story' ? 5 : 3.5, class: `mark ${mark}` });
}

/** Gives labels that stand over the lanes a row each, so that none lies on another. */
function placeLabels(labels, width) {
  const ends = [];
  for (const label of labels.sort((a, b) => a.x - b.x)) {
    const wide = label.text.length * 7.2 + 10;
    label.left = Math.max(0, Math.min(label.x - (label.middle ? wide / 2 : 0), width - wide));
    let row = ends.findIndex((end) => end <= label.left);
    if (row < 0) row = ends.push(0) - 1;
    ends[row] = label.left + wide;
    label.row = row;
  }
  return ends.length;
}

export class Lanes {
  constructor(app, place) {
    this.app = app;
    this.place = place;
    this.rows = new Rows(app.report, app.steps);
    this.folds = new Folds(this.rows, place, () => this.draw());
    this.root = null;
    this.dragged = null;
  }

  isNarrow() {
    return this.place.clientWidth < NARROW;
  }

  gutter() {
    return this.isNarrow() ? 118 : 176;
  }

  x(step) {
    return this.gutter() + this.app.axis.part(step) * this.wide;
  }

  middle(lane) {
    return this.top + this.rows.top(lane) + LANE / 2;
  }

  isIn(from, to) {
    return this.app.axis.part(to) >= -0.01 && this.app.axis.part(from) <= 1.01;
  }

  draw() {
    const { app } = this;
    const width = Math.max(this.place.clientWidth, 320);
    this.wide = width - this.gutter() - 12;
    const labels = this.labels();
    const labelRows = Math.max(1, placeLabels(labels, this.wide));
    this.top = labelRows * LABEL_ROW + 4;
    const height = this.top + this.rows.height + TICKS;
    this.folds.draw(this.top, this.gutter(), this.isNarrow());
    const root = svg('svg', {
      width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'lanes',
      'aria-label': `Timeline of ${app.steps.length} steps in ${this.rows.tops.size} lanes. `
        + 'The list of steps below says the same in words.',
    });
    const clip = svg('clipPath', { id: 'inside' }, svg('rect', { x: this.gutter() - 9, y: 0, width: this.wide + 20, height }));
    const inside = svg('g', { 'clip-path': 'url(#inside)' });
    root.append(svg('defs', {}, clip, this.arrowHead()), this.background(width), inside);
    const { bars, names } = this.spans();
    inside.append(this.bands(), bars, this.arrows(), this.marks(), names, this.lines(height), this.ticks(height));
    root.append(this.names(), this.labelTexts(labels));
    this.cursor = svg('g', { class: 'cursor' });
    inside.append(this.cursor);
    this.listen(root);
    if (this.root) this.root.replaceWith(root);
    else this.place.append(root);
    this.root = root;
    this.drawCursor();
  }

  arrowHead() {
    return svg('marker', { id: 'head-arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
      svg('path', { d: 'M0 0L8 4L0 8z', class: 'arrow-head' }));
  }

  background(width) {
    return svg('g', {}, this.rows.list.map((row) => row.heading !== undefined
      ? svg('rect', { x: 0, y: this.top + row.y, width, height: GROUP, class: 'group' })
      : svg('path', { d: `M0 ${this.top + row.y + LANE}H${width}`, class: 'lane-line' })));
  }

  names() {
    return svg('g', {}, this.rows.list.map((row) => {
      if (row.heading !== undefined) return svg('text', { x: 6, y: this.top + row.y + 14, class: 'group-name' }, row.heading);
      const x = row.isVcpu ? 26 : 14;
      const room = this.gutter() - x - 4 - this.folds.width(row.lane);
      return svg('text', { x, y: this.top + row.y + 16, class: 'lane-name' }, fitted(row.name, room), svg('title', {}, row.name));
    }));
  }

  bands() {
    const { report, steps } = this.app;
    return svg('g', {}, report.spans.filter((span) => span.kind === 'blackout').map((span) => {
      const to = span.to ?? steps.length - 1;
      const left = this.x(span.from);
      return svg('rect', { x: left, y: this.top, width: Math.max(2, this.x(to) - left), height: this.rows.height, class: 'blackout' });
    }));
  }

  labels() {
    const { app } = this;
    const { steps } = app;
    const labels = [];
    for (const span of app.report.spans) {
      if (span.kind !== 'blackout' || !this.isIn(span.from, span.to ?? steps.length - 1)) continue;
      const length = span.to === null ? 'blackout, no end' : `blackout ${app.isTimed ? duration(steps[span.to].time - steps[span.from].time) : ''}`;
      const middle = (Math.max(0, app.axis.part(span.from)) + Math.min(1, app.axis.part(span.to ?? steps.length - 1))) / 2;
      labels.push({ x: middle * this.wide, text: length.trim(), kind: 'of-blackout', middle: true });
    }
    const add = (step, text, kind) => {
      if (this.isIn(step, step)) labels.push({ x: app.axis.part(step) * this.wide, text, kind, middle: true });
    };
    for (const step of steps) {
      if (step.kind.name === 'kernel.kexec') add(step.index, 'kexec', 'of-kexec');
      if (step.kind.name === 'kernel.died') add(step.index, 'kernel dies', 'of-alarm');
    }
    for (const [step, broken] of app.violationsAt) {
      add(step, `\u25b2 ${broken.length === 1 ? broken[0].guarantee : `${broken.length} guarantees`}`, broken[0].expected ? 'of-expected' : 'of-violation');
    }
    for (const step of app.criticalSteps) add(step, 'last chance', 'of-critical');
    return labels;
  }

  labelTexts(labels) {
    return svg('g', {}, labels.map((label) => svg('text', {
      x: this.gutter() + label.left + 5, y: label.row * LABEL_ROW + 13, class: `band-label ${label.kind}` }, label.text)));
  }

  lines(height) {
    const bottom = height - TICKS;
    const line = (step, kind) => svg('path', { d: `M${this.x(step)} ${this.top - 3}V${bottom}`, class: `line ${kind}` });
    const { app } = this;
    return svg('g', {},
      app.steps.filter((step) => step.kind.name === 'kernel.kexec').map((step) => line(step.index, 'kexec')),
      app.violations.map((violation) => [
        violation.critical_step !== null && line(violation.critical_step, 'critical'),
        line(violation.step, violation.expected ? 'expected' : 'violation')]));
  }

  /** What lasts, and what it is called: names lie over the marks, or nobody could read them. */
  spans() {
    const { report, steps } = this.app;
    const bars = svg('g', {});
    const names = svg('g', {});
    for (const span of report.spans) {
      const to = span.to ?? steps.length - 1;
      if (!this.isIn(span.from, to) || this.rows.isFolded(span.lane)) continue;
      const y = this.top + this.rows.top(span.lane) + 3;
      const left = Math.max(this.x(span.from), this.gutter() - 8);
      const right = Math.min(this.x(to), this.gutter() + this.wide + 8);
      const width = Math.max(right - left, 2);
      bars.append(svg('rect', { x: left, y, width, height: LANE - 6, rx: 3, class: `span ${span.kind} ${span.name.split(' ')[0]}` },
        svg('title', {}, this.spanTitle(span, to))));
      // Beside the mark of its beginning.
      const text = fitted(span.name, width - 18);
      if (text) names.append(svg('text', { x: left + 9, y: y + 13, class: `span-name over-${span.kind}` }, text));
    }
    return { bars, names };
  }

  spanTitle(span, to) {
    const { steps, isTimed } = this.app;
    const length = isTimed ? `, ${duration(steps[to].time - steps[span.from].time)}` : '';
    return `${span.name}: step ${span.from + 1} to ${to + 1}${length}`;
  }

  arrows() {
    const group = svg('g', {});
    const taken = new Set();
    for (const arrow of this.app.report.arrows) {
      if (arrow.kind === 'kexec' || !this.isIn(arrow.from, arrow.to)) continue;
      const from = this.placeOf(arrow.from, arrow.kind);
      const to = this.placeOf(arrow.to, arrow.kind);
      const key = `${Math.round(from.x / 6)} ${Math.round(to.x / 6)} ${from.y}`;
      if (taken.has(key) || to.x - from.x < 4) continue;
      taken.add(key);
      const lift = 10;
      const bend = arrow.kind === 'file' ? 0 : 11;
      group.append(svg('path', {
        d: `M${from.x} ${from.y - lift}Q${(from.x + to.x) / 2} ${from.y - lift - bend} ${to.x} ${to.y - lift}`,
        class: `arrow ${arrow.kind}`, 'marker-end': 'url(#head-arrow)' },
      svg('title', {}, `${arrow.name}: step ${arrow.from + 1} to ${arrow.to + 1}`)));
    }
    return group;
  }

  placeOf(index, kind) {
    const step = this.app.steps[index];
    // A file comes back in a record of its token: its lane is that of where it was preserved.
    const lane = kind === 'file' ? this.fileLane(index) ?? step.lane : step.lane;
    return { x: this.x(index), y: this.middle(lane) };
  }

  fileLane(index) {
    const span = this.app.report.spans.find((each) => each.kind === 'file' && each.from === index);
    return span?.lane ?? this.app.steps[index].file;
  }

  /** One mark for each place of each lane: the one that stands out most. */
  marks() {
    const { app } = this;
    const best = new Map();
    for (const step of app.steps) {
      if (!this.isIn(step.index, step.index)) continue;
      const x = this.x(step.index);
      const value = rank(app, step) + (app.isFound(step) ? 10 : 0);
      for (const each of step.file === undefined ? [step.lane] : [step.lane, step.file]) {
        const lane = this.rows.shownLane(each);
        const key = `${lane} ${Math.round(x / 3)}`;
        const other = best.get(key);
        if (!other || other.value < value) best.set(key, { step, lane, x, value });
      }
    }
    const group = svg('g', {});
    const found = [...best.values()].sort((a, b) => a.value - b.value);
    for (const { step, lane, x } of found) {
      const y = this.middle(lane);
      const shape = markShape(MARKS[rank(app, step)], x, y);
      if (app.query && !app.isFound(step)) shape.classList.add('not-found');
      shape.append(svg('title', {}, `${step.index + 1}: ${step.text}`));
      group.append(shape);
    }
    return group;
  }

  ticks(height) {
    const { axis } = this.app;
    const y = height - TICKS;
    return svg('g', { class: 'ticks' }, axis.ticks(Math.max(2, this.wide / 110)).map((tick) => {
      const x = this.gutter() + tick.part * this.wide;
      const middle = Math.min(Math.max(x, this.gutter() + 20), this.gutter() + this.wide - 22);
      const text = axis.scale === 'even' ? `step ${tick.at + 1}` : duration(tick.at);
      return [svg('path', { d: `M${x} ${y}v4` }), svg('text', { x: middle, y: y + 16, 'text-anchor': 'middle' }, text)];
    }));
  }

  drawCursor() {
    const x = this.x(this.app.step);
    const step = this.app.steps[this.app.step];
    const y = this.middle(step.lane);
    this.cursor.replaceChildren(
      svg('path', { d: `M${x} ${this.top - 3}V${this.top + this.rows.height}` }),
      svg('circle', { cx: x, cy: y, r: 9 }));
  }

  // --- hands ------------------------------------------------------------------------------------

  partOf(event) {
    const box = this.root.getBoundingClientRect();
    return (event.clientX - box.left - this.gutter()) / this.wide;
  }

  listen(root) {
    root.addEventListener('wheel', (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.app.axis.zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, this.partOf(event))));
        this.draw();
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        this.app.axis.pan(event.deltaX / this.wide);
        this.draw();
      }
    }, { passive: false });
    root.addEventListener('pointerdown', (event) => {
      this.dragged = { x: event.clientX, from: event.clientX };
      root.setPointerCapture(event.pointerId);
    });
    root.addEventListener('pointermove', (event) => {
      if (!this.dragged || Math.abs(event.clientX - this.dragged.from) < 4) return;
      this.app.axis.pan((this.dragged.x - event.clientX) / this.wide);
      this.dragged.x = event.clientX;
      this.dragged.moved = true;
      const kept = this.dragged;
      this.draw();
      this.dragged = kept;
    });
    root.addEventListener('pointerup', (event) => {
      const clicked = this.dragged && !this.dragged.moved;
      this.dragged = null;
      if (clicked) this.select(event);
    });
  }

  /** The step nearest to where somebody clicked, in that lane if it has one. */
  select(event) {
    const y = event.clientY - this.root.getBoundingClientRect().top - this.top;
    const row = this.rows.at(y);
    const inLane = (step) => row === undefined || this.rows.shownLane(step.lane) === row.lane || step.file === row.lane;
    const nearest = this.app.axis.nearest(this.partOf(event), (step) => inLane(step) && this.app.isShown(step));
    this.app.go(nearest);
  }
}

/** Buttons for the window of the timeline. */
export function zoomButtons(app, lanes) {
  const act = (change) => () => { change(); lanes.draw(); };
  const button = (text, label, change) => el('button', { type: 'button', 'aria-label': label, title: label, onclick: act(change) }, text);
  return [
    button('\u2212', 'Zoom out', () => app.axis.zoom(1.5)),
    button('+', 'Zoom in', () => app.axis.zoom(0.6, Math.min(1, Math.max(0, app.axis.part(app.step))))),
    button('All', 'Show the whole story', () => app.axis.showAll()),
    button('\u2190', 'Move the window left', () => app.axis.pan(-0.3)),
    button('\u2192', 'Move the window right', () => app.axis.pan(0.3)),
  ];
}

/** What a step's time is called. */
export function momentOf(app, step) {
  return app.isTimed ? `${clock(step.time)} s` : `record ${step.record}`;
}
