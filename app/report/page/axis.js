// SPDX-License-Identifier: Apache-2.0
//
// Where a step lies on the timeline: each as wide as the next, or by simulated time. A window of it is
// shown, which can be moved and made larger or smaller.

const SMALLEST = { even: 4, time: 10 };

function niceStep(span, count) {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  for (const factor of [1, 2, 5, 10]) if (power * factor >= rough) return power * factor;
  return power * 10;
}

export class Axis {
  constructor(steps, scale) {
    this.steps = steps;
    this.setScale(scale);
  }

  setScale(scale) {
    this.scale = scale;
    const last = this.steps.length - 1;
    this.first = scale === 'even' ? -0.5 : this.steps[0].time;
    this.end = scale === 'even' ? last + 0.5 : Math.max(this.steps[last].time, this.first + 1);
    // A little room at both ends, for what stands at the very first or last moment.
    const room = scale === 'even' ? 0 : (this.end - this.first) * 0.01;
    this.first -= room;
    this.end += room;
    this.showAll();
  }

  showAll() {
    this.from = this.first;
    this.to = this.end;
  }

  of(step) {
    return this.scale === 'even' ? step : this.steps[Math.min(step, this.steps.length - 1)].time;
  }

  /** A place in the window, from 0 to 1. */
  part(step) {
    return (this.of(step) - this.from) / (this.to - this.from);
  }

  zoom(factor, around = 0.5) {
    const middle = this.from + (this.to - this.from) * around;
    const whole = this.end - this.first;
    const span = Math.min(whole, Math.max(SMALLEST[this.scale], (this.to - this.from) * factor));
    this.from = middle - span * around;
    this.to = this.from + span;
    this.keepInside();
  }

  pan(parts) {
    const shift = (this.to - this.from) * parts;
    this.from += shift;
    this.to += shift;
    this.keepInside();
  }

  /** Moves the window so that a step is in it. */
  reveal(step) {
    const part = this.part(step);
    if (part >= 0.02 && part <= 0.98) return;
    this.pan(part - 0.5);
  }

  keepInside() {
    const span = this.to - this.from;
    if (this.from < this.first) this.from = this.first;
    if (this.from + span > this.end) this.from = this.end - span;
    this.to = this.from + span;
  }

  /** The step nearest to a part of the window. */
  nearest(part, accepts = () => true) {
    const wanted = this.from + part * (this.to - this.from);
    let best = null;
    for (const step of this.steps) {
      if (!accepts(step)) continue;
      const distance = Math.abs(this.of(step.index) - wanted);
      if (best === null || distance < best.distance) best = { step, distance };
    }
    return best === null ? 0 : best.step.index;
  }

  /** Marks of the scale in the window, as many as about fit. */
  ticks(fitting) {
    const size = niceStep(this.to - this.from, fitting);
    const ticks = [];
    for (let at = Math.ceil(this.from / size) * size; at <= this.to; at += size) {
      if (at >= 0) ticks.push({ at, part: (at - this.from) / (this.to - this.from) });
    }
    return ticks;
  }
}
