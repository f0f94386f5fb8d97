/** A real scheduler with its console, and a real browser that looks at the page. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import type { Scheduler, SchedulerOptions } from '../../../src/index.ts';
import { launchBrowser } from '../browser.ts';
import { fixture, startScheduler } from '../scheduler-harness.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { installPage } from './built-page.ts';

/** How long the browser may look for something, in milliseconds: also on a machine that is busy. */
const LOOK_LIMIT_MS = 20_000;
const START_LIMIT_MS = 60_000;
const TEST_LIMIT_MS = 60_000;

const TELL_VIOLATIONS = `
  addEventListener('securitypolicyviolation', (event) => console.error('forbidden: ' + event.violatedDirective));
`;

export interface Looking {
  readonly page: Page;
  /** Opens a place of the page, as `#/schedules`. */
  readonly go: (place: string) => Promise<void>;
}

export interface Visit extends Looking {
  readonly scheduler: Scheduler;
  /** Between the browser and the console. */
  readonly line: TcpProxy;
}

interface LookOptions {
  readonly browser?: BrowserContextOptions;
  /** What the browser may complain about, because the test brings it about. */
  readonly expects?: RegExp;
}

export interface VisitOptions extends LookOptions {
  /** Options of `clockwork`; which of its schedules there are. */
  readonly plugin?: { readonly only?: readonly string[]; readonly more?: number };
  readonly scheduler?: Partial<SchedulerOptions>;
}

let browser: Browser | null = null;

/** What is looked for until it is as it should be. */
export function soon<T>(look: () => T) {
  return expect.poll(look, { timeout: LOOK_LIMIT_MS });
}

/** Builds the page and starts a browser for the tests of a file. */
export function useBrowser(): void {
  vi.setConfig({ testTimeout: TEST_LIMIT_MS });
  beforeAll(async () => {
    await installPage();
    browser = await launchBrowser();
  }, START_LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
  });
}

/** Starts a scheduler with `clockwork` and a console on a thread of its own, and looks at it. */
export async function visit(options: VisitOptions = {}): Promise<Visit> {
  const scheduler = await startScheduler({
    plugins: [{ module: fixture('plugins/clockwork.ts'), options: { ...options.plugin } }],
    console: { port: 0 },
    ...options.scheduler,
  });
  const line = await TcpProxy.open(Number(new URL(scheduler.console?.url ?? '').port));
  onTestFinished(() => line.close());
  return { ...(await lookAt(`http://127.0.0.1:${line.port}`, options)), scheduler, line };
}

/**
 * Looks at the console with this address. When the test is over, the browser must have had nothing to complain about,
 * and must have asked nobody but the console.
 */
export async function lookAt(url: string, options: LookOptions = {}): Promise<Looking> {
  const page = await openPage(options, `${url}/`);
  return {
    page,
    go: async (place) => {
      await page.goto(`${url}/${place}`);
    },
  };
}

async function openPage({ browser: context = {}, expects }: LookOptions, url: string): Promise<Page> {
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
