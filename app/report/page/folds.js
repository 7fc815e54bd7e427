// SPDX-License-Identifier: Apache-2.0
//
// The buttons beside the names of guests that show and fold the lanes of their vCPUs. They lie over the
// timeline, which is a picture and cannot hold any. One of them is a stop of the Tab key, the others are
// reached by arrows: a host may have hundreds of guests.
import { el } from './dom.js';
import { LANE } from './rows.js';
import { plural } from './words.js';

export class Folds {
  constructor(rows, place, change) {
    this.rows = rows;
    this.change = change;
    this.buttons = new Map([...rows.guests.keys()].map((vm) => [vm, this.button(vm)]));
    if (this.buttons.size === 0) return;
    this.makeStop(this.buttons.keys().next().value);
    place.append(el('div', { class: 'folds no-print', role: 'toolbar', 'aria-orientation': 'vertical', 'aria-label': 'vCPUs of guests',
      onkeydown: (event) => this.moveFocus(event) }, [...this.buttons.values()]));
  }

  button(vm) {
    return el('button', { type: 'button', class: 'fold', 'aria-label': `${this.rows.lanes[vm].name}: ${plural(this.rows.guests.get(vm), 'vCPU')}`,
      onclick: () => { this.makeStop(vm); this.toggle([vm]); } });
  }

  /** Shows them if any is folded. */
  toggle(vms) {
    this.rows.fold(vms, !vms.some((vm) => this.rows.folded.has(vm)));
    this.change();
  }

  toggleAll() {
    this.toggle([...this.buttons.keys()]);
  }

  makeStop(vm) {
    for (const [each, button] of this.buttons) button.tabIndex = each === vm ? 0 : -1;
  }

  moveFocus(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const vms = [...this.buttons.keys()];
    const now = vms.findIndex((vm) => this.buttons.get(vm) === event.target);
    const next = vms[Math.max(0, Math.min(now + by, vms.length - 1))];
    this.makeStop(next);
    this.buttons.get(next).focus();
  }

  /** Puts them where the rows are, right at the end of what is left for names. */
  draw(top, gutter, isNarrow) {
    for (const [vm, button] of this.buttons) {
      const isFolded = this.rows.folded.has(vm);
      const vcpus = this.rows.guests.get(vm);
      const text = isNarrow ? String(vcpus) : plural(vcpus, 'vCPU');
      button.textContent = `${isFolded ? '\u25b8' : '\u25be'} ${text}`;
      button.title = isFolded ? 'Show the lanes of its vCPUs' : 'Fold the lanes of its vCPUs';
      button.setAttribute('aria-expanded', isFolded ? 'false' : 'true');
      button.style.top = `${top + this.rows.top(vm) + 2}px`;
      button.style.height = `${LANE - 4}px`;
      button.style.right = `calc(100% - ${gutter - 12}px)`;
    }
  }

  /** How wide the button of a guest is; nothing if it has none. */
  width(vm) {
    return this.buttons.get(vm)?.offsetWidth ?? 0;
  }
}
