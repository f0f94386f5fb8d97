import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { needsChromium } from '../../support/browser.ts';
import { useBrowser, visit } from '../../support/console/console-visit.ts';
import { nextRun } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const AUDIT_LIMIT_MS = 90_000;
const KEY = 'clockwork/tricky';

describeWith(needsChromium())('axe', () => {
  useBrowser();

  test.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'finds nothing on any page, %s and %d pixels wide',
    { timeout: AUDIT_LIMIT_MS },
    async (colorScheme, width) => {
      const { page, scheduler, go } = await visit({
        plugin: { only: ['beat', 'fails', 'tricky', 'by-hand', 'off'] },
        browser: { colorScheme, viewport: { width, height: 900 }, bypassCSP: true },
      });
      const failed = nextRun(scheduler, ({ key }) => key === KEY);
      await scheduler.trigger(KEY);
      const { runId } = await failed;
      await scheduler.pause('clockwork/by-hand', { note: 'until tomorrow' });
      const live = await scheduler.trigger('clockwork/by-hand');
      const schedule = `#/schedules/${encodeURIComponent(KEY)}`;
      const places = [
        ['#/overview', '.lane-name'],
        ['#/schedules', '.schedule-row'],
        [schedule, '.chart canvas'],
        ['#/schedules/clockwork%2Fby-hand', '.callout'],
        [`#/runs/${runId}`, '.frames'],
        [`#/runs/${live}`, 'progress'],
        ['#/cluster', '.node-card'],
        ['#/pool', '.budgets'],
        ['#/plugins', '.plugin-card'],
        ['#/audit', '.audit'],
      ] as const;
      for (const [place, sign] of places) {
        await go(place);
        await page.locator(sign).first().waitFor();
        expect(await findings(page), `${place} ${colorScheme} ${width}`).toEqual([]);
      }
      await go(schedule);
      await page.getByRole('button', { name: 'Pause' }).click();
      expect(await findings(page), 'the dialog').toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('/');
      await page.locator('.hits a').first().waitFor();
      expect(await findings(page), 'the search').toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      expect(await findings(page), 'the keys').toEqual([]);
    },
  );

  test('nothing is wider than a phone', async () => {
    const { page, scheduler, go } = await visit({
      plugin: { only: ['fails', 'by-hand'] },
      browser: { viewport: { width: 390, height: 844 } },
    });
    const { runId } = await nextRun(scheduler);
    for (const place of [
      '#/',
      '#/schedules',
      '#/schedules/clockwork%2Ffails',
      `#/runs/${runId}`,
      '#/cluster',
      '#/pool',
      '#/plugins',
    ]) {
      await go(place);
      await page.locator('main').waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('document.documentElement.scrollWidth'), place).toBe(390);
    }
  });
});

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds, as it would have to be mended. */
async function findings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const found: readonly Finding[] = await page.evaluate('axe.run().then(({ violations }) => violations)');
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}
