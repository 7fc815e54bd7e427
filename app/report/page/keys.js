// SPDX-License-Identifier: Apache-2.0
//
// Everything that a mouse can do, by keys. Fields that take text, lists of choices and tabs keep theirs.

function isTyping(event) {
  const target = event.target;
  return target.matches?.('input[type="search"], select, textarea') || event.ctrlKey || event.metaKey || event.altKey;
}

export function listenToKeys(app) {
  const actions = {
    ArrowRight: () => app.move(1), ArrowLeft: () => app.move(-1),
    n: () => app.move(1), b: () => app.move(-1),
    PageDown: () => app.move(10), PageUp: () => app.move(-10),
    Home: () => app.go(0), End: () => app.go(app.steps.length - 1),
    v: () => app.seek(1, (step) => app.violationsAt.has(step.index)),
    V: () => app.seek(-1, (step) => app.violationsAt.has(step.index)),
    f: () => app.seek(1, (step) => step.kind.name === 'engine.fault_fired'),
    p: () => app.seek(1, (step) => step.kind.name === 'luo.phase_stored' || step.kind.name === 'luo.incoming_found'),
    '/': () => app.searchField.focus(),
    c: () => app.lanes.folds.toggleAll(),
    '+': () => app.zoom(0.6), '-': () => app.zoom(1.6), 0: () => app.zoom(null),
    1: () => app.panel.show('update'), 2: () => app.panel.show('memory'), 3: () => app.panel.show('devices'), 4: () => app.panel.show('all'),
  };
  const inList = { ArrowDown: actions.ArrowRight, ArrowUp: actions.ArrowLeft };
  document.addEventListener('keydown', (event) => {
    if (isTyping(event)) return;
    const onList = event.target.closest?.('[role="listbox"]');
    const scrolls = event.target.closest?.('.scroll, pre, [role="tablist"]');
    if (scrolls && event.key.startsWith('Arrow')) return;
    const action = (onList && inList[event.key]) || actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
