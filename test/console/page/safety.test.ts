import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type ConsoleHandler, consoleHandler, toNodeHandler } from '../../../src/console/index.ts';
import { needsChromium } from '../../support/browser.ts';
import { lookAt, useBrowser, visit } from '../../support/console/console-visit.ts';
import { startConsole } from '../../support/console-harness.ts';
import { fixture, nextRun, startScheduler } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const CLOCKWORK = fixture('plugins/clockwork.ts');
const TOKEN = 'a token that nobody guesses';
/** What a browser says of a console that is away. */
const LOST = /503|Failed to load|ERR_/;
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
    const { page, line, go } = await visit({ plugin: { only: ['nightly'] }, expects: LOST });
    await go('#/overview');
    await page.locator('.lane-name').waitFor();
    line.refuse();
    await page.getByText('Connection lost.').waitFor();
    expect(await page.locator('.lane-name').count()).toBe(1);
    line.heal();
    await page.getByText('Connection lost.').waitFor({ state: 'detached' });
  });

  test('a page that comes while nobody answers says what to do, and fills when somebody does', async () => {
    const { page, line, go } = await visit({ plugin: { only: ['nightly'] }, expects: LOST });
    await go('#/overview');
    await page.locator('.lane-name').waitFor();
    line.refuse();
    await page.getByRole('link', { name: 'Cluster' }).click();
    await page.getByText('The console does not answer.').waitFor();
    line.heal();
    await page.getByText('alive, this node').waitFor();
  });

  test('a console whose scheduler has stopped says so', async () => {
    const scheduler = await startScheduler({ plugins: [{ module: CLOCKWORK, options: { only: ['nightly'] } }] });
    const { url } = await startConsole({}, scheduler);
    const { page, go } = await lookAt(url, { expects: LOST });
    await go('#/overview');
    await page.locator('.lane-name').waitFor();
    await scheduler.stop();
    await page.getByText('Connection lost.').waitFor();
    await page.getByRole('link', { name: 'Pool' }).click();
    await page.getByText('The scheduler is not there.').waitFor();
  });

  test('whoever is not let in any more is sent to the door', async () => {
    const { page, go } = await visit({
      plugin: { only: ['nightly'] },
      scheduler: { console: { port: 0, token: TOKEN } },
      expects: /401/,
    });
    const signIn = async (): Promise<void> => {
      await page.getByLabel('Token').fill(TOKEN);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Nothing is wrong' }).waitFor();
    };
    await go('#/overview');
    await signIn();
    await page.context().clearCookies();
    await page.getByText('You are signed out.').waitFor();
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await signIn();
  });

  test('a page that the host has mounted below a path works there, with the name of who looks', async () => {
    const scheduler = await startScheduler({ plugins: [{ module: CLOCKWORK, options: { only: ['nightly'] } }] });
    const handler = consoleHandler(scheduler, {
      basePath: '/ops/console',
      authorize: () => ({ name: 'ada', canAct: true }),
    });
    const { page, go } = await lookAt(`${await mounted(handler)}/ops/console`);
    await go('#/schedules/clockwork%2Fnightly');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.locator('.audit', { hasText: 'ada paused' }).waitFor();
  });
});

/** The address of a server that answers all its requests with this handler. */
async function mounted(handler: ConsoleHandler): Promise<string> {
  const server = createServer(toNodeHandler(handler));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
