import { expect, test } from 'vitest';
import { needsChromium } from '../../support/browser.ts';
import { soon, useBrowser, visit } from '../../support/console/console-visit.ts';
import { fixture, nextRun } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const FAILS = 'clockwork/fails';
const place = (key: string): string => `#/schedules/${encodeURIComponent(key)}`;

describeWith(needsChromium())('the pages of the console', () => {
  useBrowser();

  test('the overview says what is wrong first, counts, and has a lane for each schedule', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['beat', 'fails', 'off'] } });
    await nextRun(scheduler, ({ key }) => key === FAILS);
    await go('');
    const problems = page.getByRole('heading', { name: 'One thing is wrong' });
    await problems.waitFor();
    expect(await page.locator('.problems').textContent()).toContain('The books do not balance');
    expect(await page.locator('.reading').first().textContent()).toContain('3');
    await page.locator('.lane-name').nth(2).waitFor();
    expect(await page.locator('.lane-name').first().textContent()).toContain(FAILS);
  });

  test('the overview of a scheduler where nothing is wrong says so', async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly'] } });
    await go('');
    await page.getByRole('heading', { name: 'Nothing is wrong' }).waitFor();
  });

  test('a schedule of which nothing has succeeded for too long is silent, wherever it is shown', async () => {
    const { page, go } = await visit({ plugin: { only: ['silent', 'nightly'] } });
    await go('');
    await page.locator('.problems', { hasText: 'No run of it has ever succeeded' }).waitFor();
    await page.locator('.lane-row', { hasText: 'Silent' }).waitFor();
    await go('#/schedules');
    await page.locator('.schedule-row', { hasText: 'Silent' }).waitFor();
    await go(place('clockwork/silent'));
    await page.locator('.callout', { hasText: 'Silent since' }).waitFor();
    expect(await page.locator('.facts').first().textContent()).toContain('May be silent for1 s');
  });

  test('the overview of a scheduler without schedules says how to get some', async () => {
    const { page, go } = await visit({ plugin: { only: [] } });
    await go('');
    await page.getByText('There are no schedules.').waitFor();
    expect(await page.locator('.empty').textContent()).toContain('scheduler.install()');
    await go('#/schedules');
    await page.getByText('There are no schedules.').waitFor();
  });

  test('the time line moves by itself, and a mark on it opens its run', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['beat'] } });
    await go('#/overview');
    await page.getByText('2 min', { exact: true }).click();
    const run = await nextRun(scheduler);
    const canvas = page.locator('.lane-canvas');
    const before = await canvas.evaluate(pictureOf);
    await soon(() => canvas.evaluate(pictureOf)).not.toBe(before);
    const tip = page.locator('.mark-tip');
    await soon(async () => {
      const width = (await canvas.boundingBox())?.width ?? 0;
      const age = (Date.now() - run.startedAtMs) / 120_000;
      await canvas.hover({ position: { x: width * (0.72 - age), y: 14 } });
      return tip.count();
    }).toBe(1);
    expect(await tip.textContent()).toContain('Succeeded');
    await page.mouse.down();
    await page.mouse.up();
    await page.getByRole('heading', { name: /^Run / }).waitFor();
  });

  test('a schedule shows its expression in words, what comes, what was, charts and what changed', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['fails', 'nightly'] } });
    await nextRun(scheduler, ({ key }) => key === FAILS);
    await go(place('clockwork/nightly'));
    await page.getByText('At 02:30, Monday through Friday').waitFor();
    expect(await page.locator('.upcoming li').count()).toBe(10);
    await go(place(FAILS));
    await page.locator('.chart canvas').nth(1).waitFor();
    expect(await page.locator('.outcome-bar').textContent()).toContain('Failed');
    expect(await page.locator('tbody tr').first().textContent()).toContain('Failed');
    expect(await page.locator('.events').first().textContent()).toContain('registered');
  });

  test('a schedule explains an instant in a sentence', async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly'] } });
    await go(place('clockwork/nightly'));
    await page.locator('.why input').fill('2020-01-01T12:00:00');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.explanation').waitFor();
    expect(await page.locator('.explanation').textContent()).toContain('clockwork/nightly');
  });

  test('the history has pages, and shows one outcome alone', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['by-hand', 'tricky'] } });
    for (let count = 0; count < 21; count += 1) {
      await Promise.all([nextRun(scheduler), scheduler.trigger('clockwork/tricky')]);
    }
    await go(place('clockwork/tricky'));
    const rows = page.locator('.main-column tbody tr');
    await soon(() => rows.count()).toBe(20);
    await page.getByRole('button', { name: 'Older' }).click();
    await soon(() => rows.count()).toBe(1);
    await page.getByRole('button', { name: 'Newer' }).click();
    await soon(() => rows.count()).toBe(20);
    await page.locator('.main-column select').selectOption('succeeded');
    await page.getByText('No run that is kept ended so.').waitFor();
  });

  test('a run that failed shows its error with frames, its cause, its lateness and its log', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['fails'] } });
    const { runId } = await nextRun(scheduler);
    await go(`#/runs/${runId}`);
    await page.getByText('A cent is missing').waitFor();
    expect(await page.locator('.frames').first().textContent()).toContain('clockwork.ts');
    expect(await page.locator('.lateness-parts').textContent()).toMatch(/tick[\s\S]+lock[\s\S]+queue[\s\S]+start/i);
    expect(await page.locator('.log').textContent()).toContain('the till does not add up');
    await soon(() => page.locator('main > .explanation').textContent()).toContain('late');
  });

  test('a run that lasts tells its progress and its log as they come, and then how it ended', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['by-hand'] } });
    await go(place('clockwork/by-hand'));
    await page.getByRole('heading', { name: 'clockwork/by-hand' }).waitFor();
    const runId = await scheduler.trigger('clockwork/by-hand');
    await go(`#/runs/${runId}`);
    await page.getByText('a quarter is done').waitFor();
    await soon(() => page.locator('.log').textContent()).toContain('this is said while it runs');
    await page.getByRole('button', { name: 'Abort' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click();
    await page.locator('.log', { hasText: 'The run was aborted: operator.' }).waitFor();
    await soon(() => page.getByRole('progressbar').count()).toBe(0);
  });

  test('cluster, pool, plugins and audit show this node, its threads, what is installed and who did what', async () => {
    const { page, scheduler, go } = await visit({ plugin: { only: ['beat', 'nightly'] } });
    await nextRun(scheduler);
    await go('#/cluster');
    await page.getByText('alive, this node').waitFor();
    await go('#/pool');
    await page.getByText('Threads busy').waitFor();
    await soon(() => page.locator('.budgets tbody').textContent()).toMatch(/clockwork[\s\S]+of 5 min/);
    await go('#/plugins');
    await page.getByText('One schedule for each thing that can be seen.').waitFor();
    await go('#/audit');
    await page.getByText('Nobody has done anything yet.').waitFor();
    await scheduler.setPosition('clockwork/nightly', Date.UTC(2099, 0, 1));
    await scheduler.trigger('clockwork/gone').catch(() => {});
    await page.getByText(/host moved clockwork\/nightly to 2099-01-01/).waitFor();
    await page.getByText(/host tried to run clockwork\/gone by hand.*Refused: .*clockwork\/gone/).waitFor();
  });

  test('many installations are shown a page at a time, and can be chosen from in the list of schedules', async () => {
    const module = fixture('plugins/clockwork.ts');
    const plugins = Array.from({ length: 52 }, (_, index) => {
      return { module, tenantId: `tenant-${String(index).padStart(2, '0')}`, options: { only: ['nightly'] } };
    });
    const { page, go } = await visit({ scheduler: { plugins } });
    await go('#/plugins');
    await page.getByText('52 installations').waitFor();
    await page.getByText('1 to 50 of 52').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'clockwork@tenant-51' }).waitFor();
    await page.getByText('51 to 52 of 52').waitFor();
    expect(await page.locator('.plugin-card').count()).toBe(2);
    await go('#/schedules');
    await page.getByLabel('Tenant').selectOption('tenant-51');
    await page.locator('.schedule-row', { hasText: 'clockwork@tenant-51/nightly' }).waitFor();
    await soon(() => page.locator('.schedule-row').count()).toBe(1);
  });

  test('what is not there says so and leads on', async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly'] }, expects: /404/ });
    await go(place('clockwork/unknown'));
    await page.locator('.failed', { hasText: 'clockwork/unknown' }).waitFor();
    await go('#/runs/unknown-run');
    await page.getByText('There is no run with this id.').waitFor();
    await go('#/elsewhere');
    await page.getByText('There is no such page.').waitFor();
  });
});

function pictureOf(canvas: { toDataURL(): string }): string {
  return canvas.toDataURL();
}
