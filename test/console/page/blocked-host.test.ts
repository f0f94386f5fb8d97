import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import type { HistoryRecord } from '../../../src/machines/history.ts';
import { needsChromium } from '../../support/browser.ts';
import { lookAt, soon, useBrowser } from '../../support/console/console-visit.ts';
import { fixture, temporaryFolder } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const BLOCK_MS = 5_000;
const BEATS = '.lane-row:has-text("clockwork/beat")';
/** So far left of the present, in pixels, is a run that began a second ago or so when the lane shows two minutes. */
const A_MOMENT_AGO_PX = 10;

describeWith(needsChromium())('the page, while the thread of the host is blocked for five seconds', () => {
  useBrowser();

  test('moves on, shows the runs that happen, and does what is asked for', { timeout: 90_000 }, async () => {
    const host = startHost();
    const url = await host.nextLine();
    const { page, go } = await lookAt(url, { browser: { timezoneId: 'UTC' } });
    await go('#/overview');
    await page.getByText('2 min', { exact: true }).click();
    await page.locator('.lane-name').nth(1).waitFor();

    const fromMs = Number(await host.block());
    await soon(() => shownClock(page)).toBeGreaterThan(fromMs);
    await soon(() => newestBeat(page)).toBeGreaterThan(fromMs);
    await page.getByRole('link', { name: 'clockwork/nightly' }).click();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
    await page.locator('.notice').getByRole('link', { name: 'See the run' }).click();
    await page.locator('.outcome', { hasText: 'Succeeded' }).waitFor();
    const run = await runOn(page, url);
    host.endBlock();
    const untilMs = Number(await host.nextLine());

    expect(untilMs - fromMs).toBeGreaterThanOrEqual(BLOCK_MS);
    expect(run).toMatchObject({ key: 'clockwork/nightly', trigger: 'manual', outcome: 'succeeded' });
    expect(run.scheduledAtMs).toBeGreaterThanOrEqual(fromMs);
    expect(run.finishedAtMs).toBeLessThan(untilMs);
  });
});

function startHost() {
  const file = join(temporaryFolder(), 'over');
  const program = fileURLToPath(fixture('programs/blocked-page-host.ts'));
  const child = spawn(process.execPath, [program, String(BLOCK_MS), file, fixture('plugins/clockwork.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  return {
    nextLine,
    /** Resolves to what it says when the block has begun. */
    block: () => {
      child.stdin.write('block\n');
      return nextLine();
    },
    endBlock: () => writeFileSync(file, ''),
  };
}

/** What the clock of the page says, in epoch milliseconds. */
async function shownClock(page: Page): Promise<number> {
  return Date.parse((await page.locator('.clock time').getAttribute('datetime')) ?? '');
}

/** When the run was due that a mark just left of the present stands for, in epoch milliseconds; 0 if there is none. */
async function newestBeat(page: Page): Promise<number> {
  const canvas = page.locator(`${BEATS} .lane-canvas`);
  const width = (await canvas.boundingBox())?.width ?? 0;
  await canvas.hover({ position: { x: width * 0.72 - A_MOMENT_AGO_PX, y: 12 } });
  const [tip = ''] = await page.locator(`${BEATS} .mark-tip`).allTextContents();
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(tip) ?? [];
  return date === undefined ? 0 : Date.parse(`${date}T${time}Z`);
}

/** What the console says of the run that the page shows. */
async function runOn(page: Page, url: string): Promise<HistoryRecord> {
  const runId = page.url().split('/').at(-1);
  const response = await fetch(`${url}/api/runs/${runId}`, { headers: { connection: 'close' } });
  const { run } = (await response.json()) as { run: HistoryRecord };
  return run;
}
