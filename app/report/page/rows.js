// SPDX-License-Identifier: Apache-2.0
//
// The rows of the timeline: which lanes there are to draw, what stands where, and which lanes of vCPUs
// are folded into the one of their guest.

export const LANE = 24;
export const GROUP = 20;

/** So many vCPUs of a guest are shown at once, if all guests together have no more than so many. */
const FEW_OF_GUEST = 2;
const FEW_OF_ALL = 8;

export class Rows {
  constructor(report, steps) {
    this.lanes = report.lanes;
    this.used = new Set(report.spans.map((span) => span.lane));
    this.withSteps = new Set();
    for (const step of steps) {
      this.withSteps.add(step.lane);
      if (step.file !== undefined) this.withSteps.add(step.file);
    }
    for (const lane of this.withSteps) this.used.add(lane);
    this.guests = this.findGuests();
    let all = 0;
    for (const vcpus of this.guests.values()) all += vcpus;
    this.folded = new Set([...this.guests].filter(([, vcpus]) => vcpus > FEW_OF_GUEST || all > FEW_OF_ALL)
      .map(([vm]) => vm));
    this.place();
  }

  /** How many vCPUs each guest has that has lanes for them. */
  findGuests() {
    const guests = new Map();
    this.lanes.forEach(({ vm, vcpus }, lane) => {
      if (vm === undefined || !this.used.has(lane)) return;
      this.used.add(vm);
      guests.set(vm, (guests.get(vm) ?? 0) + vcpus);
    });
    return guests;
  }

  fold(vms, isFolded) {
    for (const vm of vms) {
      if (isFolded) this.folded.add(vm);
      else this.folded.delete(vm);
    }
    this.place();
  }

  isFolded(lane) {
    return this.folded.has(this.lanes[lane].vm);
  }

  /** The lane in which something is drawn. */
  shownLane(lane) {
    return this.isFolded(lane) ? this.lanes[lane].vm : lane;
  }

  /** Whether looking at one lane alone shows anything. */
  offers(lane) {
    return [...this.withSteps].some((each) => this.belongs(each, lane));
  }

  /** What is of a guest's vCPUs is of the guest. */
  belongs(lane, to) {
    return lane === to || this.lanes[lane].vm === to;
  }

  /** Lanes in which anything happens, with headings, from the top down. */
  place() {
    this.list = [];
    this.tops = new Map();
    let y = 0;
    let group = null;
    this.lanes.forEach((lane, number) => {
      if (!this.used.has(number) || this.isFolded(number)) return;
      if (lane.group !== group) {
        group = lane.group;
        this.list.push({ heading: group, y });
        y += GROUP;
      }
      this.list.push({ lane: number, name: lane.name, isVcpu: lane.vm !== undefined, y });
      this.tops.set(number, y);
      y += LANE;
    });
    this.height = y;
  }

  /** Where the row begins in which a lane is drawn. */
  top(lane) {
    return this.tops.get(this.shownLane(lane));
  }

  at(y) {
    return this.list.find((row) => row.lane !== undefined && y >= row.y && y < row.y + LANE);
  }
}
