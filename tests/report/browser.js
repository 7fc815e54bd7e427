// SPDX-License-Identifier: Apache-2.0
//
// Finds what the test of the page needs, and says what is missing.
import { existsSync } from 'node:fs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** What ctest takes for "not run". */
export const SKIPPED = 77;

function skip(reason) {
  console.log(`report: skipped: ${reason}`);
  process.exit(SKIPPED);
}

async function packageNamed(name) {
  try {
    return await import(name);
  } catch {
    return skip(`no package ${name}: run npm ci in tests/report`);
  }
}

/** The browser, and axe to look for what a screen reader cannot read. */
export async function openBrowser() {
  if (!existsSync(CHROMIUM)) skip(`no browser at ${CHROMIUM}: install chromium`);
  const { chromium } = await packageNamed('playwright-core');
  const { AxeBuilder } = await packageNamed('@axe-core/playwright');
  // Tests run as root in a container, where a sandbox cannot be made and /dev/shm is small; the page is
  // our own.
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  return { browser, AxeBuilder };
}
