/** The machine's own Chromium, for tests of what people see. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { type Requirement, requirement } from './servers/requirement.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function browserPath(): string | null {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [process.env['CHROMIUM_PATH'] ?? '', ...places].find((path) => path !== '' && existsSync(path)) ?? null;
}

export function needsChromium(): Requirement {
  return requirement({
    name: 'Page',
    program: 'chromium',
    isPresent: browserPath() !== null,
    remedy: 'apt-get install chromium, or set CHROMIUM_PATH',
  });
}

/** Close it when the tests are over. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = browserPath();
  if (executablePath === null) throw new Error(needsChromium().line);
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
