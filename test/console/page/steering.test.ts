import { expect, test } from 'vitest';
import { needsChromium } from '../../support/browser.ts';
import { soon, useBrowser, visit } from '../../support/console/console-visit.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const MANY = 10_000;
const LOAD_LIMIT_MS = 60_000;

describeWith(needsChromium())("finding one's way on the page", () => {
  useBrowser();

  test('ten thousand schedules are a list of the rows in sight, to its very end', {
    timeout: LOAD_LIMIT_MS,
  }, async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly'], more: MANY } });
    await go('#/schedules');
    await page.getByText('10\u202f001 schedules').waitFor();
    await page.locator('.schedule-row').nth(20).waitFor();
    expect(await page.locator('.schedule-row').count()).toBeLessThan(60);
    await page.keyboard.press('End');
    await page.getByText('clockwork/nightly').waitFor();
    expect(await page.locator('.schedule-row').count()).toBeLessThan(60);
    await go('#/overview');
    await page.locator('.lane-canvas').nth(10).waitFor();
    expect(await page.locator('.lane-canvas').count()).toBeLessThan(40);
    await page.keyboard.press('End');
    await page.locator('.lane-name', { hasText: 'clockwork/nightly' }).waitFor();
  });

  test('the list is searched, filtered and sorted, and its address keeps that', async () => {
    const { page, go } = await visit();
    await go('#/schedules');
    const rows = page.locator('.schedule-row');
    await soon(() => rows.count()).toBe(9);
    await page.getByLabel('Search schedules').fill('books');
    await soon(() => rows.count()).toBe(1);
    await page.getByLabel('Search schedules').fill('');
    await page.getByLabel('State').selectOption('disabled');
    await soon(() => rows.count()).toBe(1);
    await soon(() => rows.first().textContent()).toContain('clockwork/off');
    await page.reload();
    await soon(() => rows.count()).toBe(1);
    await page.getByLabel('Search schedules').fill('nothing like it');
    await page.getByText('No schedule matches.').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await soon(() => rows.count()).toBe(9);
    await page.getByLabel('Order').selectOption('next');
    await soon(() => rows.last().textContent()).toContain('clockwork/off');
  });

  test('keys lead through the pages, the lists and the search', async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly', 'off'] } });
    await go('');
    await page.locator('.lane-name').first().waitFor();
    for (const [key, name] of [
      ['s', 'Schedules'],
      ['c', 'Cluster'],
      ['p', 'Pool'],
      ['l', 'Plugins'],
      ['a', 'Audit'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
    }
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.locator('.schedule-row a').nth(1).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'clockwork/off' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('night');
    await page.locator('.hits .chosen', { hasText: 'clockwork/nightly' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'clockwork/nightly' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('Enter opens what was typed last, once the answer to it is there and nothing more was typed', async () => {
    const { page, go, line } = await visit({ plugin: { only: ['nightly', 'off'] } });
    const searchInSilence = async (): Promise<void> => {
      await go('#/schedules');
      await page.locator('.schedule-row').nth(1).waitFor();
      await page.keyboard.press('/');
      await page.locator('.hits .chosen', { hasText: 'clockwork/nightly' }).waitFor();
      line.blackHole();
      await page.keyboard.type('of');
      await page.keyboard.press('Enter');
    };
    await searchInSilence();
    expect(new URL(page.url()).hash).toBe('#/schedules');
    line.heal();
    await page.getByRole('heading', { name: 'clockwork/off' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await searchInSilence();
    await page.keyboard.type('f');
    line.heal();
    await page.locator('.hits .chosen', { hasText: 'clockwork/off' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/schedules');
  });

  test('instants are shown in the zone of the browser, in UTC, or in that of the schedule', async () => {
    const { page, go } = await visit({
      plugin: { only: ['nightly'] },
      browser: { timezoneId: 'America/New_York' },
    });
    await go('#/schedules/clockwork%2Fnightly');
    const next = page.locator('.upcoming .instant').first();
    await page.getByLabel('Time zone').selectOption('schedule');
    await soon(() => next.textContent()).toContain('02:30:00');
    await page.getByLabel('Time zone').selectOption('utc');
    await soon(() => next.textContent()).toMatch(/0[01]:30:00/);
    await page.getByLabel('Time zone').selectOption('local');
    await soon(() => next.textContent()).toMatch(/(?:19|20|21):30:00/);
    await page.reload();
    await soon(() => next.textContent()).toMatch(/(?:19|20|21):30:00/);
  });

  test('light and dark follow the system until one is chosen, which is kept', async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly'] }, browser: { colorScheme: 'dark' } });
    await go('');
    await page.locator('.lane-name').waitFor();
    const paper = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await paper();
    await page.getByRole('button', { name: /^Colours: as the system/ }).click();
    await soon(paper).not.toBe(dark);
    await page.reload();
    await page.getByRole('button', { name: /^Colours: light/ }).click();
    await soon(paper).toBe(dark);
  });
});
