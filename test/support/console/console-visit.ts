/** A real scheduler with its console, and a real browser that looks at the page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { buildPage } from '../../../scripts/build-page.ts';
import type { Scheduler, SchedulerOptions } from '../../../src/index.ts';
import { launchBrowser } from '../browser.ts';
import { fixture, startScheduler } from '../scheduler-harness.ts';
import { type ServedPage, servePage } from './served-page.ts';
import { standInSource } from './stand-in-source.ts';

/** How long the browser may look for something, in milliseconds: also on a machine that is busy. */
const LOOK_LIMIT_MS = 20_000;
const START_LIMIT_MS = 60_000;
const TEST_LIMIT_MS = 60_000;

const TELL_VIOLATIONS = `
  addEventListener('securitypolicyviolation', (event) => console.error('forbidden: ' + event.violatedDirective));
`;

export interface Visit {
  readonly page: Page;
  readonly scheduler: Scheduler;
  readonly served: ServedPage;
  /** Opens a place of the page, as `#/schedules`. */
  readonly go: (place: string) => Promise<void>;
}

export interface VisitOptions {
  /** Options of `clockwork`; which of its schedules there are. */
  readonly plugin?: { readonly only?: readonly string[]; readonly more?: number };
  readonly scheduler?: Partial<SchedulerOptions>;
  /** Default false. */
  readonly isReadOnly?: boolean;
  readonly browser?: BrowserContextOptions;
  /** What the browser may complain about, because the test brings it about. */
  readonly expects?: RegExp;
}

let browser: Browser | null = null;
let pageFolder = '';

/** What is looked for until it is as it should be. */
export function soon<T>(look: () => T) {
  return expect.poll(look, { timeout: LOOK_LIMIT_MS });
}

/** Builds the page and starts a browser for the tests of a file. */
export function useBrowser(): void {
  vi.setConfig({ testTimeout: TEST_LIMIT_MS });
  beforeAll(async () => {
    pageFolder = mkdtempSync(join(tmpdir(), 'escapement-page-'));
    await buildPage(pageFolder);
    browser = await launchBrowser();
  }, START_LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    rmSync(pageFolder, { recursive: true, force: true });
  });
}

/**
 * Starts a scheduler with `clockwork` and looks at its console. When the test is over, the browser must have had nothing
 * to complain about, and must have asked nobody but the console.
 */
export async function visit(options: VisitOptions = {}): Promise<Visit> {
  const standIn = standInSource();
  const scheduler = await startScheduler({
    plugins: [{ module: fixture('plugins/clockwork.ts'), options: { ...options.plugin } }],
    hostFunctions: standIn.hostFunctions as never,
    ...options.scheduler,
  });
  standIn.attach(scheduler);
  const served = await servePage(standIn.source, { pageFolder, isReadOnly: options.isReadOnly ?? false });
  onTestFinished(() => served.close());
  const page = await openPage(options, served.url);
  return {
    page,
    scheduler,
    served,
    go: async (place) => {
      await page.goto(`${served.url}${place}`);
    },
  };
}

async function openPage({ browser: context = {}, expects }: VisitOptions, url: string): Promise<Page> {
  const complaints: string[] = [];
  const page = await browser!.newPage({ viewport: { width: 1440, height: 900 }, ...context });
  page.setDefaultTimeout(LOOK_LIMIT_MS);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(`asks ${request.url()}`);
  });
  await page.addInitScript({ content: TELL_VIOLATIONS });
  onTestFinished(async () => {
    await page.close();
    expect(complaints.filter((complaint) => expects?.test(complaint) !== true)).toEqual([]);
  });
  return page;
}
