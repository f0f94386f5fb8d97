import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  BackendError,
  ConsoleError,
  type EscapementError,
  InvalidExpressionError,
  InvalidOptionError,
  InvalidPluginError,
  InvalidTimezoneError,
  NotRunningError,
  PluginLoadError,
  PluginRequiredError,
  PluginsRefusedError,
  RecurrenceStuckError,
  RunAbortedError,
  ScheduleBusyError,
  SupervisorDiedError,
  ThreadRefusedError,
  UnknownPluginError,
  UnknownRunError,
  UnknownScheduleError,
} from '../../src/errors.ts';

import { UnsupportedHostError } from '../../src/host/checking/check-host.ts';
import { HostCallError } from '../../src/machines/calling/host-call-error.ts';
import { FuelExhaustedError, GuestFailedError, GuestTrapError } from '../../src/wire/guests/guest-errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const notLoaded = new PluginLoadError(
  'file:///srv/plugins/report.ts',
  "it has a syntax error: Unexpected identifier 'cron'\n    /srv/plugins/report.ts:3:35\n    3 |   schedules() { return [{ id: 'a' cron: '@daily' }] },\n      |                                   ^^^^",
);

const SHOWN: readonly EscapementError[] = [
  new InvalidExpressionError('61 * * * *', 'minute 61 must be within 0–59'),
  new InvalidTimezoneError('Europe/Parise', 'is unknown: did you mean "Europe/Paris"?'),
  new RecurrenceStuckError('0 3 * * *', Date.parse('2026-03-29T01:00:00Z')),
  new InvalidOptionError('pool.maxThreads', 'it must be a whole number from 1 to 1024, not 0'),
  new InvalidPluginError('reports', [
    'Schedule "reports/nightly": timezone "Europe/Parise" is unknown: did you mean "Europe/Paris"?',
  ]),
  new PluginsRefusedError([
    new PluginLoadError('file:///srv/plugins/report.ts', 'its factory failed: Error: no volume'),
  ]),
  new UnknownScheduleError('reports/nightli', ': did you mean "reports/nightly"?'),
  new UnknownRunError('6f0c5b1e'),
  new UnknownPluginError('repots', ': did you mean "reports"?'),
  new PluginRequiredError('rates', [{ capability: 'rates.daily', by: ['report'] }]),
  new ScheduleBusyError('reports/nightly', 'running'),
  new NotRunningError('history', 'not started'),
  new SupervisorDiedError('Worker terminated due to reaching memory limit'),
  new ThreadRefusedError('Node runs with --permission, so it also needs --allow-worker'),
  new UnsupportedHostError(
    'Escapement was bundled into "/srv/dist/main.js", but its threads start from files of its own, ' +
      'so mark "escapement" and "escapement/*" as external (see docs/bundling.md)',
  ),
  new ConsoleError('something else listens on 127.0.0.1:8080 (EADDRINUSE): choose another console.port'),
  new BackendError('postgres', 'option maxConnections must be a whole number above 0, not 0'),
  notLoaded,
  new HostCallError('kv.set', 'invalid', 'its key must have 1 to 512 bytes in UTF-8, not 0'),
  new HostCallError('fetch', 'denied', 'the plugin may not ask for https://example.com/ (permissions.allowedUrls)'),
  new HostCallError(
    'kv.set',
    'limit',
    "its 2000 bytes do not fit into what is left of the plugin's 1024 KiB (permissions.storageQuotaKb)",
  ),
  new HostCallError('fetch', 'failed', 'no answer within 10000 ms'),
  new RunAbortedError('wall-budget'),
  new FuelExhaustedError("The guest's run()", 100_000_000_000, 'budget.fuel'),
  new GuestTrapError('memory-out-of-bounds', 'memory access out of bounds', ['parse', 'run']),
  new GuestFailedError('the disk is full'),
];

/** A section of the page, from the heading of a code to the next one. */
function sectionOf(code: string): string {
  const [, section = ''] = page.split(`## ${code}\n`);
  return section.split('\n## ')[0] ?? '';
}

describe('docs/errors.md', () => {
  test.each(SHOWN.map((error) => [error.code, error] as const))('shows %s as it reads', (code, error) => {
    expect(sectionOf(code)).toContain(`\n\`${error.constructor.name}\``);
    expect(sectionOf(code)).toContain(`\n${error.message}\n`);
  });

  test('shows a message of every code', () => {
    expect(SHOWN.map(({ code }) => code).toSorted()).toEqual(
      [...page.matchAll(/^## (\w+)$/gm)].map(([, code]) => code).toSorted(),
    );
  });

  test.each(SHOWN.map((error) => [error.code, error] as const))('lists %s with its class', (code, error) => {
    const short = code.replace('ERR_ESCAPEMENT', '…');
    expect(page).toContain(`| [\`${short}\`](#${code.toLowerCase()}) | \`${error.constructor.name}\` |`);
  });
});
