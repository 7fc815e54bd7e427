// SPDX-License-Identifier: Apache-2.0
//
// The page of luosim --report as people use it: by mouse, by keys alone, in light and dark, on paper, by
// a screen reader. Nothing may be said on the browser's console.
// usage: node report_test.js LUOSIM SOURCE_DIRECTORY [SCREENSHOTS]
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openBrowser } from './browser.js';

const [luosim, source, screenshots] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'luosim-report-'));
const { browser, AxeBuilder } = await openBrowser();

function scenario(name) {
  return join(source, 'scenarios', name);
}

/** Writes the report of a run and says where it is. */
function reportOfRun(name, file) {
  const report = join(work, file);
  execFileSync(luosim, ['run', file.startsWith('own') ? name : scenario(name), '--quiet', '--report', report]);
  return report;
}

/** A bug of the posted protocol, found by an exploration. */
function reportOfCheck() {
  const report = join(work, 'check.html');
  const run = spawnSync(luosim, ['check', scenario('check/vm-nvme.yaml'), '--set', 'protocol=luo-v2', '--order', 'depth', '--quiet', '--report', report]);
  assert.equal(run.status, 1, String(run.stderr));
  return report;
}

/** A scenario that expects nothing, so that what it breaks is red, with names that try to be HTML. */
function reportOfUnexpected() {
  const text = readFileSync(scenario('hazards/h022-failed-retrieve-frees-folios.yaml'), 'utf8');
  const file = join(work, 'own.yaml');
  writeFileSync(file, text.replace(/^expect:[^]*/m, '').replace(/^title: .*/m, "title: \"</script><b id='evil'>\""));
  const report = join(work, 'own.html');
  spawnSync(luosim, ['run', file, '--quiet', '--report', report]);
  return report;
}

/** A plain update of a host with three guests, each too large for a lane of every vCPU. */
function reportOfMany() {
  const text = readFileSync(scenario('tutorial/plain-update.yaml'), 'utf8');
  const file = join(work, 'many.yaml');
  const guests = ['vm0', 'vm1', 'vm2'].map((name) => `  ${name}: { memory: 4GiB, vcpus: 64 }`);
  writeFileSync(file, text.replace(/^  vm0: .*/m, guests.join('\n')));
  const report = join(work, 'many.html');
  spawnSync(luosim, ['run', file, '--quiet', '--report', report]);
  return report;
}

/** More guests than anybody wants to read of. */
function reportOfCrowd() {
  const text = readFileSync(scenario('bench/many-vms.yaml'), 'utf8');
  const file = join(work, 'crowd.yaml');
  writeFileSync(file, text.replace('copies: 512', 'copies: 200'));
  const report = join(work, 'crowd.html');
  execFileSync(luosim, ['run', file, '--quiet', '--report', report]);
  return report;
}

async function open(file, options = {}, hash = '') {
  // axe wants a page of a context that it can open a second one in.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.said = [];
  page.on('console', (message) => page.said.push(message.text()));
  page.on('pageerror', (error) => page.said.push(error.message));
  page.on('request', (request) => { if (!request.url().startsWith('file:')) page.said.push(`asked for ${request.url()}`); });
  await page.goto(`file://${file}${hash}`);
  await page.waitForSelector('.lanes');
  return page;
}

async function step(page) {
  return Number(await page.locator('#controls input[type=number]').inputValue());
}

async function expectAccessible(page, what) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`);
  assert.deepEqual(found, [], what);
}

const plain = reportOfRun('tutorial/plain-update.yaml', 'plain.html');
const long = reportOfRun('tutorial/vm-nvme-update.yaml', 'long.html');
const check = reportOfCheck();
const own = reportOfUnexpected();
const many = reportOfMany();
const crowd = reportOfCrowd();
const stray = reportOfRun('hazards/h022-failed-retrieve-frees-folios.yaml', 'stray.html');

const tests = {
  async 'the plain scenario is small'() {
    assert.ok(statSync(plain).size < 2_000_000, `${statSync(plain).size} bytes`);
  },

  async 'a page says nothing on the console and asks for nothing'() {
    for (const file of [plain, long, check, own, many]) {
      const page = await open(file);
      for (const key of ['n', 'PageDown', 'p', 'v', 'f', 'c', '+', '+', '-', '0', '2', '3', '4', '1', 'End', 'Home']) await page.keyboard.press(key);
      assert.deepEqual(page.said, [], file);
      await page.context().close();
    }
  },

  async 'steps go on and back, and the state goes with them'() {
    const page = await open(plain);
    const before = await step(page);
    await page.getByRole('button', { name: 'Step on' }).click();
    const after = await step(page);
    assert.ok(after > before);
    await page.getByRole('button', { name: 'Step back' }).click();
    assert.equal(await step(page), before);
    await page.keyboard.press('p');
    assert.equal(await page.locator('.phase-name.lit').textContent(), 'prepared');
    assert.match(await page.locator('.what-changed').textContent(), /luo\.phase: normal \u2192 prepared/);
    await page.keyboard.press('p');
    assert.equal(await page.locator('.phase-name.lit').textContent(), 'frozen');
    await page.context().close();
  },

  async 'a search finds, and Enter goes there'() {
    const page = await open(plain);
    await page.keyboard.press('/');
    await page.keyboard.type('starting new kernel');
    assert.match(await page.locator('#list-note').textContent(), /1 contain/);
    await page.keyboard.press('Enter');
    assert.match(await page.locator('.said').textContent(), /kexec_core: Starting new kernel/);
    await page.context().close();
  },

  async 'filters show more and less'() {
    const page = await open(plain);
    const shown = async () => Number((await page.locator('#list-note').textContent()).split(' ')[0]);
    const few = await shown();
    await page.getByLabel('rows of programs').check();
    const many = await shown();
    assert.ok(many > few, `${many} > ${few}`);
    await page.getByLabel('Only one lane').selectOption({ label: 'files: vm0.memory' });
    assert.ok(await shown() < few);
    await page.context().close();
  },

  async 'vCPUs of a guest are folded away and shown, by mouse and by keys'() {
    const page = await open(long);
    const lanes = () => page.locator('.lane-name').evaluateAll((names) => names.map((name) => name.firstChild.data).filter((name) => name.startsWith('vm0 vCPU')));
    const marks = () => page.locator('.lanes .mark').count();
    const fold = page.getByRole('button', { name: 'vm0: 4 vCPUs' });
    assert.deepEqual(await lanes(), []);
    assert.equal(await fold.getAttribute('aria-expanded'), 'false');
    assert.equal(await page.locator('.span.running').count(), 2);
    const folded = await marks();
    await fold.click();
    assert.deepEqual(await lanes(), ['vm0 vCPU 0', 'vm0 vCPU 1', 'vm0 vCPU 2', 'vm0 vCPU 3']);
    assert.equal(await fold.getAttribute('aria-expanded'), 'true');
    // Each runs before the blackout and after it.
    assert.equal(await page.locator('.span.running').count(), 2 * (1 + 4));
    assert.ok(await marks() >= folded);
    await page.keyboard.press('Enter');
    assert.deepEqual(await lanes(), []);
    await page.keyboard.press('c');
    assert.equal((await lanes()).length, 4);
    await page.context().close();
  },

  async 'a step of a folded vCPU is seen in the lane of its guest'() {
    const page = await open(long);
    await page.getByLabel('Only one lane').selectOption({ label: 'VMs: vm0 vCPU 0' });
    const ofVcpu = Number((await page.locator('#list-note').textContent()).split(' ')[0]);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.locator('.steps [aria-selected="true"] .who').textContent(), 'vm0 vCPU 0');
    const cursor = async () => Number(await page.locator('.cursor circle').getAttribute('cy'));
    const folded = await cursor();
    await page.keyboard.press('c');
    assert.equal(await cursor(), folded + 24);
    await page.getByLabel('Only one lane').selectOption({ label: 'VMs: vm0' });
    assert.ok(Number((await page.locator('#list-note').textContent()).split(' ')[0]) > ofVcpu);
    await page.context().close();
  },

  async 'of many guests one button is a stop of the Tab key, and arrows lead to the others'() {
    const page = await open(many);
    const at = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    assert.equal(await page.locator('.fold[tabindex="0"]').count(), 1);
    await page.locator('.fold').first().focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await at(), 'vm1: 64 vCPUs');
    await page.keyboard.press('Enter');
    const vcpus = page.locator('.lane-name', { hasText: 'vCPU' });
    assert.equal(await vcpus.count(), 8);
    assert.match(await vcpus.last().textContent(), /^vm1 vCPUs 7-63/);
    await page.keyboard.press('Tab');
    assert.ok(!/vCPU/.test(await at()));
    await page.context().close();
  },

  async 'a violation is seen at once and can be gone to'() {
    const page = await open(own);
    assert.match(await page.locator('#story h2').textContent(), /What went wrong/);
    assert.ok(await page.locator('.line.violation').count() > 0);
    assert.ok(await page.locator('.mark.violation').count() > 0);
    await page.keyboard.press('Home');
    await page.getByRole('button', { name: /Go to the violation/ }).first().click();
    assert.match(await page.locator('.verdict.violation').textContent(), /is broken/);
    await page.keyboard.press('f');
    assert.match(await page.locator('.said').textContent(), /fires/);
    await page.context().close();
  },

  async 'a counterexample shows its moves and the last chance'() {
    const page = await open(check);
    assert.match(await page.locator('.facts-line').textContent(), /1\d\d moves|[6-9]\d moves/);
    await page.getByRole('button', { name: /Go to the last chance/ }).click();
    assert.match(await page.locator('.verdict.critical').textContent(), /last moment/);
    assert.equal(await page.locator('.line.critical').count(), 1);
    assert.ok(await page.locator('.steps .move.critical').count() > 0);
    await page.context().close();
  },

  async 'a link leads to its step'() {
    const page = await open(plain, {}, '#step=100');
    assert.equal(await step(page), 100);
    await page.keyboard.press('n');
    assert.match(page.url(), new RegExp(`#step=${await step(page)}$`));
    await page.context().close();
  },

  async 'devices say what is in flight'() {
    const page = await open(long, {}, '#step=1500');
    await page.keyboard.press('3');
    const text = await page.locator('#tab-panel').textContent();
    assert.match(text, /commands in flight/);
    assert.match(text, /submitted/);
    assert.ok(!text.includes('[object'), text);
    await page.context().close();
  },

  async 'memory is a map, and its kinds are named'() {
    const page = await open(plain, {}, '#step=100');
    await page.keyboard.press('2');
    assert.ok(await page.locator('#tab-panel .memory rect.memory-guest').count() > 0);
    assert.match(await page.locator('#tab-panel .key').textContent(), /guest 16 GiB/);
    await page.context().close();
  },

  async 'a write to a page of nobody is marked on the map of its step, and there alone'() {
    const page = await open(stray);
    const writes = await page.evaluate(() => JSON.parse(document.getElementById('data').textContent).stray_writes);
    assert.ok(writes.length > 0);
    await page.keyboard.press('2');
    await page.getByLabel('Step, 1 to').fill(String(writes[0].step + 1));
    await page.keyboard.press('Enter');
    const panel = page.locator('#tab-panel');
    assert.equal(await panel.locator('.memory rect.memory-stray').count(), 1);
    assert.match(await panel.locator('.key').textContent(), /a device writes to a page that is nobody\u2019s/);
    assert.ok((await panel.textContent()).includes(`nobody\u2019s: ${writes[0].address}.`));
    // The mark lies in the range that its address is in.
    const [mark, range] = await panel.evaluate((shown, address) => {
      const box = (element) => element.getBoundingClientRect();
      const ranges = [...shown.querySelectorAll('.memory rect:not(.memory-stray):not(.memory-listed):not(.memory-changed)')];
      const first = (element) => Number(BigInt(element.querySelector('title').textContent.split(':')[0]));
      const of = ranges.findLast((each) => first(each) <= Number(BigInt(address)));
      return [box(shown.querySelector('.memory-stray')).x, { from: box(of).left, to: box(of).right }];
    }, writes[0].address);
    assert.ok(mark >= range.from - 10 && mark <= range.to + 1, `${mark} is not in ${JSON.stringify(range)}`);
    await page.getByLabel('Step, 1 to').fill('1');
    await page.keyboard.press('Enter');
    assert.equal(await panel.locator('.memory rect.memory-stray').count(), 0);
    await page.context().close();
  },

  async 'arrows lead from submission to completion, and from preserve to restore'() {
    const page = await open(long);
    assert.equal(await page.locator('.arrow.file').count(), 3);
    await page.getByLabel('Scale of the timeline').selectOption('even');
    // Zoomed in until single commands can be told apart.
    for (let times = 0; times < 9; times += 1) await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByLabel('Step, 1 to').fill('400');
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('.arrow.command').count() > 0);
    await page.context().close();
  },

  async 'a long run says that it is thinned'() {
    const page = await open(long);
    assert.match(await page.locator('#thinned summary').textContent(), /records are left out/);
    assert.equal(await page.locator('.band-label.of-blackout').textContent(), 'blackout 1.969 s');
    await page.context().close();
  },

  async 'of many guests some are told, the page says so, and it stays small'() {
    const page = await open(crowd);
    await page.locator('#thinned summary').click();
    assert.match(await page.locator('#thinned').textContent(), /Of 200 guests 50 are told, evenly/);
    assert.equal(await page.evaluate(() => JSON.parse(document.getElementById('data').textContent).states.length),
      Number(await page.getByLabel('Step, 1 to').getAttribute('max')));
    assert.ok(statSync(crowd).size < 8e6, String(statSync(crowd).size));
    await page.context().close();
  },

  async 'everything can be done by keys alone'() {
    const page = await open(plain);
    const names = new Set();
    for (let times = 0; times < 40; times += 1) {
      await page.keyboard.press('Tab');
      names.add(await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.slice(0, 30)));
    }
    for (const wanted of ['Step on', 'Search steps', 'Zoom in', 'Steps of the story', 'Phase and files']) assert.ok(names.has(wanted), wanted);
    await page.getByRole('listbox').focus();
    const before = await step(page);
    await page.keyboard.press('ArrowDown');
    assert.ok(await step(page) > before);
    await page.getByRole('tab', { name: 'Phase and files' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('tab', { name: 'Memory' }).getAttribute('aria-selected'), 'true');
    await page.context().close();
  },

  async 'axe finds nothing in light, dark and narrow windows'() {
    const looks = [
      ['light', plain, {}, ['1', '2', '3', '4', 'c']],
      ['dark', own, { colorScheme: 'dark' }, ['1', 'c']],
      ['narrow', check, { viewport: { width: 900, height: 800 } }, ['3']],
    ];
    for (const [what, file, options, tabs] of looks) {
      const page = await open(file, options);
      for (const tab of tabs) {
        await page.keyboard.press(tab);
        await expectAccessible(page, `${what} ${file} tab ${tab}`);
      }
      if (screenshots) await page.screenshot({ path: join(screenshots, `${what}.png`), fullPage: true });
      await page.context().close();
    }
  },

  async 'on paper there are no controls, and everything that was folded is open'() {
    const page = await open(own, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, 'rgb(255, 255, 255)');
    assert.equal(await page.locator('#controls').isVisible(), false);
    assert.equal(await page.locator('#story').isVisible(), true);
    await page.pdf({ path: join(work, 'paper.pdf'), format: 'A4' });
    assert.equal(await page.locator('#scenario').getAttribute('open'), '');
    await page.context().close();
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}
await browser.close();
rmSync(work, { recursive: true });
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
