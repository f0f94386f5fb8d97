import { expect, test } from 'vitest';
import { needsChromium } from '../../support/browser.ts';
import { useBrowser, type Visit, type VisitOptions, visit } from '../../support/console/console-visit.ts';
import { nextRun } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const KEY = 'clockwork/by-hand';

describeWith(needsChromium())('actions on the page', () => {
  useBrowser();

  test('a schedule is run by hand, and the notice leads to the run', async () => {
    const { page, scheduler, press, confirm } = await visitSchedule('clockwork/nightly');
    await press('Run now');
    const run = nextRun(scheduler);
    await confirm('Run');
    expect(await run).toMatchObject({ key: 'clockwork/nightly', trigger: 'manual', outcome: 'succeeded' });
    await page.locator('.notice').getByRole('link', { name: 'See the run' }).click();
    await page.locator('.outcome', { hasText: 'Succeeded' }).waitFor();
    expect(await page.locator('.log').textContent()).toContain('nightly begins');
  });

  test('what is cancelled does nothing', async () => {
    const { page, scheduler, press } = await visitSchedule(KEY);
    await press('Pause');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await press('Pause');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await statusOf(scheduler)).state).toBe('idle');
  });

  test('a schedule is paused with a note, which is shown, and resumed', async () => {
    const { page, scheduler, press, confirm } = await visitSchedule(KEY);
    await press('Pause');
    await page.getByRole('dialog').getByRole('textbox').fill('The ledger is being moved');
    await confirm('Pause');
    await page.locator('.callout', { hasText: 'The ledger is being moved' }).waitFor();
    expect(await statusOf(scheduler)).toMatchObject({ state: 'paused', pause: { note: 'The ledger is being moved' } });
    await page.locator('.audit', { hasText: 'console paused' }).waitFor();
    await press('Resume');
    await confirm('Resume');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect((await statusOf(scheduler)).state).toBe('idle');
  });

  test('the position is set in the zone that is shown', async () => {
    const { page, scheduler, press, confirm } = await visitSchedule('clockwork/nightly', {
      browser: { timezoneId: 'America/New_York' },
    });
    await page.getByLabel('Time zone').selectOption('schedule');
    await press('Set position');
    await page.getByLabel('Instant, in Europe/Berlin').fill('2099-07-01T12:00:00');
    await confirm('Move');
    // The first weekday after it: 2 July 2099, 02:30 in Berlin, where it is summer.
    await expect
      .poll(async () => (await statusOf(scheduler, 'clockwork/nightly')).nextOccurrenceAtMs)
      .toBe(Date.UTC(2099, 6, 2, 0, 30));
  });

  test('a refusal is told in the dialog, and the dialog stays', async () => {
    const { page, scheduler, press, confirm } = await visitSchedule(KEY, { expects: /409/ });
    await scheduler.trigger(KEY);
    await press('Run now');
    await confirm('Run');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    expect(await page.getByRole('dialog').getByRole('alert').textContent()).toContain(KEY);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('a plugin is reloaded, and the page says what has changed', async () => {
    const { page, go } = await visit({ plugin: { only: ['nightly'] } });
    await go('#/plugins');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reload' }).click();
    await page.getByText('1 schedule as before, nothing changed.').waitFor();
  });

  test('whoever may only look is offered nothing', async () => {
    const { page, go } = await visitSchedule(KEY, { scheduler: { console: { port: 0, readOnly: true } } });
    await page.getByText('Read only').waitFor();
    expect(await page.getByRole('button', { name: /Run now|Pause|Set position/ }).count()).toBe(0);
    await go('#/plugins');
    await page.locator('.plugin-card').waitFor();
    expect(await page.getByRole('button', { name: 'Reload' }).count()).toBe(0);
  });
});

interface ScheduleVisit extends Visit {
  readonly press: (button: string) => Promise<void>;
  readonly confirm: (button: string) => Promise<void>;
}

async function visitSchedule(key: string, options: VisitOptions = {}): Promise<ScheduleVisit> {
  const visited = await visit({ plugin: { only: ['by-hand', 'nightly'] }, ...options });
  const { page, go } = visited;
  await go(`#/schedules/${encodeURIComponent(key)}`);
  await page.getByRole('heading', { name: key }).waitFor();
  await page.locator('.facts').first().waitFor();
  const press = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  const confirm = (name: string): Promise<void> => page.getByRole('dialog').getByRole('button', { name }).click();
  return { ...visited, press, confirm };
}

async function statusOf(scheduler: Visit['scheduler'], key = KEY) {
  const found = (await scheduler.schedules()).find((status) => status.key === key);
  if (found === undefined) throw new Error(`There is no ${key}.`);
  return found;
}
