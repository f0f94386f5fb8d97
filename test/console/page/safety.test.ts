import { expect, test } from 'vitest';
import { needsChromium } from '../../support/browser.ts';
import { useBrowser, visit } from '../../support/console/console-visit.ts';
import { nextRun } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const KEY = 'clockwork/tricky';
const PLACE = `#/schedules/${encodeURIComponent(KEY)}`;
const TRICK = '<img src=x onerror="window.hacked=1">';

describeWith(needsChromium())('the page, when somebody means harm or something is away', () => {
  useBrowser();

  test('script in what a plugin says stays text: description, note, log, fields, progress and error', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['tricky'] } });
    const failed = nextRun(scheduler);
    await scheduler.trigger(KEY);
    const { runId } = await failed;
    await scheduler.pause(KEY, { note: TRICK });
    for (const place of ['#/', '#/schedules', PLACE, `#/runs/${runId}`, '#/pool', '#/plugins']) {
      await go(place);
      await page.locator('main').waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
    }
    await go(PLACE);
    await page.locator('.callout', { hasText: TRICK }).waitFor();
    await go(`#/runs/${runId}`);
    await page.locator('.error-view', { hasText: TRICK }).waitFor();
    expect(await page.locator('.log').textContent()).toContain(TRICK);
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill(TRICK);
    await page.keyboard.press('Enter');
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  test('lost contact is told, what was known stays, and the page recovers by itself', async () => {
    const { page, served, go } = await visit({ plugin: { only: ['nightly'] }, expects: /503|Failed to load|ERR_/ });
    await go('#/overview');
    await page.locator('.lane-name').waitFor();
    served.refuseWith(503);
    await page.getByText('Connection lost.').waitFor();
    expect(await page.locator('.lane-name').count()).toBe(1);
    served.refuseWith(null);
    await page.getByText('Connection lost.').waitFor({ state: 'detached' });
  });

  test('a page that comes while nobody answers says what to do, and fills when somebody does', async () => {
    const { page, served, go } = await visit({ plugin: { only: ['nightly'] }, expects: /503|Failed to load|ERR_/ });
    await go('#/overview');
    await page.locator('.lane-name').waitFor();
    served.refuseWith(503);
    await page.getByRole('link', { name: 'Cluster' }).click();
    await page.getByText('The scheduler is not there.').waitFor();
    served.refuseWith(null);
    await page.getByText('alive, this node').waitFor();
  });

  test('whoever is not let in any more is sent to the door', async () => {
    const { page, served, go } = await visit({ plugin: { only: ['nightly'] }, expects: /401/ });
    await go('#/overview');
    await page.locator('.lane-name').waitFor();
    served.letIn(false);
    await page.getByText('You are signed out.').waitFor();
    served.letIn(true);
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('heading', { name: 'Nothing is wrong' }).waitFor();
  });
});
