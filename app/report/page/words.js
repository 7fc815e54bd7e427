// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people say them.

const UNITS = [[1e9, 's'], [1e6, 'ms'], [1e3, 'us']];

/** `2.055 s`, `412 us`, `0`. */
export function duration(ns) {
  for (const [size, unit] of UNITS) {
    if (Math.abs(ns) >= size) return `${Number((ns / size).toPrecision(4))} ${unit}`;
  }
  return ns === 0 ? '0' : `${ns} ns`;
}

/** As in the kernel's log: `2.055000`. */
export function clock(ns) {
  return (ns / 1e9).toFixed(6);
}

/** Pages of 4 KiB as a size. */
export function pages(count) {
  return bytes(count * 4096);
}

export function bytes(count) {
  for (const [size, unit] of [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']]) {
    if (count >= size) return `${Number((count / size).toPrecision(4))} ${unit}`;
  }
  return `${count} B`;
}

/** A number with thin groups: `560 335`. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** A metric by its name, which ends in its unit. */
export function metric(name, value) {
  if (name.endsWith('_ns')) return duration(value);
  if (name.endsWith('_bytes')) return bytes(value);
  return count(value);
}

/** One value of a state. */
export function valueText(value) {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (value === null || value === undefined) return 'none';
  if (value === '') return 'empty';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

export function plural(number, word) {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}
