// SPDX-License-Identifier: Apache-2.0
//
// Devices and interrupts: what may reach memory, what is in flight, which interrupts wait.
import { el } from './dom.js';
import { table } from './machine.js';
import { plural } from './words.js';

function nvmeText(controller) {
  if (!controller) return '';
  const flying = Array.isArray(controller.in_flight) ? controller.in_flight.length : controller.in_flight;
  return [controller.state, flying === undefined ? '' : plural(flying, 'command') + ' in flight'].filter(Boolean).join(', ');
}

function functionRow(each, before) {
  const old = before.find((other) => other.name === each.name);
  const interrupts = each.msix ? `${each.msix.on ?? each.msix.enabled ? 'on' : 'off'}${each.msix.masked ? ', masked' : ''}` : '';
  return {
    changed: JSON.stringify(old) !== JSON.stringify(each),
    cells: [each.name, each.bdf ?? '', each.present === false ? 'not there' : each.power ?? each.power_state ?? '',
      each.command?.bus_master ? 'yes' : 'no', interrupts, nvmeText(each.nvme)],
  };
}

function functions(state, before) {
  if (state.devices.functions.length === 0) return el('p', {}, 'This machine has no devices of its own in the story.');
  return table('Devices', ['device', 'BDF', 'power', 'may access memory', 'MSI-X', 'controller'],
    state.devices.functions.map((each) => functionRow(each, before.devices.functions)));
}

function domains(state, before) {
  const all = state.iommu.kernel.domains ?? [];
  const unit = `The IOMMU ${state.iommu.unit.translates ? 'translates what devices do' : 'translates nothing'}, `
    + `${plural(all.length, 'domain')}, ${plural(state.iommu.unit.faults ?? 0, 'fault')}.`;
  const changed = JSON.stringify(state.iommu) !== JSON.stringify(before.iommu);
  return el('p', { class: changed ? 'changed' : null }, unit);
}

function interrupts(state, before) {
  const { vectors = [], pending = [], stray = 0 } = state.interrupts;
  const changed = JSON.stringify(state.interrupts) !== JSON.stringify(before.interrupts);
  return el('p', { class: changed ? 'changed' : null },
    `${plural(vectors.length, 'vector')} in use, ${pending.length} pending, ${stray} stray; the kernel ${state.interrupts.kernel_listens ? 'listens' : 'does not listen'}.`);
}

function loads(state, before) {
  const rows = state.vms.filter((vm) => vm.load && vm.load.submitted > 0).map((vm) => {
    const old = before.vms.find((other) => other.name === vm.name);
    return {
      changed: JSON.stringify(old?.load) !== JSON.stringify(vm.load),
      cells: [vm.name, ...['submitted', 'completed', 'in_flight', 'failed', 'corrupted', 'lost', 'duplicated'].map((name) => String(vm.load[name]))],
    };
  });
  if (rows.length === 0) return null;
  return [el('h3', {}, 'Commands of guests'),
    table('Commands of guests', ['guest', 'submitted', 'completed', 'in flight', 'failed', 'corrupted', 'lost', 'duplicated'], rows)];
}

export function devicesView(state, before) {
  return [functions(state, before), el('h3', {}, 'IOMMU and interrupts'), domains(state, before), interrupts(state, before), loads(state, before)];
}
