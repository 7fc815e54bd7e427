// SPDX-License-Identifier: Apache-2.0
//
// Reads what luosim wrote: steps as objects, and the state at any step out of key frames and deltas.

/** A value with a delta put into it; docs/report.md says how a delta is read. */
export function withDelta(before, delta) {
  if (Array.isArray(delta)) return delta[0];
  if (Array.isArray(before)) {
    const after = before.slice();
    for (const [index, change] of Object.entries(delta)) {
      if (index !== '@') after[Number(index)] = withDelta(after[Number(index)], change);
    }
    if (delta['@']) after.splice(delta['@'][0], delta['@'][1], ...delta['@'][2]);
    return after;
  }
  const after = { ...before };
  for (const [name, change] of Object.entries(delta)) {
    if (Array.isArray(change) && change.length === 0) delete after[name];
    else after[name] = withDelta(after[name], change);
  }
  return after;
}

/** Steps of a report, each with the kind of its record. */
export function stepsOf(report) {
  return report.steps.map((row, index) => ({
    index,
    record: row[0],
    time: row[1],
    lane: row[2],
    kind: report.kinds[row[3]],
    text: row[4],
    talk: row[5] ? { from: row[5][0], to: row[5][1], answer: row[5][2] === 1 } : null,
    file: row[6],
  }));
}

/** States by step. The last few are kept, because a reader goes to a neighbour. */
export class States {
  constructor(entries) {
    this.entries = entries;
    this.kept = new Map();
  }

  at(step) {
    if (this.kept.has(step)) return this.kept.get(step);
    let from = step;
    while (from > 0 && !this.entries[from].key && !this.kept.has(from)) from -= 1;
    let state = this.kept.get(from) ?? this.entries[from].key;
    for (let next = from + 1; next <= step; next += 1) {
      state = this.entries[next].key ?? withDelta(state, this.entries[next].delta);
    }
    if (this.kept.size > 200) this.kept.clear();
    this.kept.set(step, state);
    return state;
  }
}
