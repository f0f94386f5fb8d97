/**
 * Takes the pictures of the console that the documents show, of a real scheduler that has run for a while. They need
 * Chromium, and are of this moment: take them again when the console's page has changed (`npm run docs:pictures`).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createScheduler, type RunRecord, sqliteStore } from '../../src/index.ts';
import { buildPage } from '../build-page.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'docs', 'pictures');
const WORK = await mkdtemp(join(tmpdir(), 'pictures-'));
const NAMES = ['search', 'reports', 'mail', 'cache', 'pictures', 'billing'];
const MINUTES_OF_HISTORY = 1.6;
const SIZE = { width: 1280, height: 860 };

const scheduler = await createScheduler({
  plugins: NAMES.map((name) => ({ module: './plugins/shop.ts', options: { name } })),
  baseUrl: import.meta.url,
  timezone: 'Europe/Paris',
  pool: { maxThreads: 6 },
  store: sqliteStore({ path: join(WORK, 'pictures.db') }),
  console: { port: 0 },
  logger: { level: 'silent' },
  nodeId: 'shop-1',
});
await buildPage(join(ROOT, 'dist', 'console', 'page'));
await scheduler.start();

const failed = Promise.withResolvers<RunRecord>();
scheduler.on('run', (run) => {
  if (run.key === 'reports/sales' && run.outcome === 'failed') failed.resolve(run);
});
await scheduler.pause('billing/invoices', { note: 'until the new prices are in' });
await delay(MINUTES_OF_HISTORY * 60_000);
const { runId } = await failed.promise;

const url = scheduler.console?.url ?? '';
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
for (const colorScheme of ['light', 'dark'] as const) await takeAll(browser, colorScheme);
await browser.close();
await scheduler.stop({ drainMs: 0 });
await rm(WORK, { recursive: true, force: true });

async function takeAll(from: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await from.newPage({ viewport: SIZE, deviceScaleFactor: 1.5, colorScheme });
  await page.addInitScript("localStorage.setItem('escapement-span', '2 min')");
  await take(page, { name: `overview-${colorScheme}`, place: 'overview', sign: '.lane-name' });
  await take(page, { name: `schedule-${colorScheme}`, place: 'schedules/reports%2Fsales', sign: '.chart canvas' });
  await take(page, { name: `run-${colorScheme}`, place: `runs/${runId}`, sign: '.frames' });
  await page.close();
}

async function take(page: Page, of: { name: string; place: string; sign: string }): Promise<void> {
  await page.goto(`${url}/#/${of.place}`);
  await page.locator(of.sign).first().waitFor();
  // Charts and marks come with the next answers of the console.
  await delay(2_500);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  const bytes = Buffer.from(data, 'base64');
  await writeFile(join(FOLDER, `${of.name}.webp`), bytes);
  console.log(`${of.name}.webp ${(bytes.length / 1_024).toFixed(0)} KiB`);
}
