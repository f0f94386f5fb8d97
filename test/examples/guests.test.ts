/** The guests of the examples, built as the documents say, and run. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildAssemblyScript, buildC, findClang } from '../../examples/guests/build.ts';
import { currentHeader, guestHeader } from '../../scripts/guest-header.ts';
import { GUEST_IMPORTS } from '../../scripts/guest-imports.ts';
import type { JsonValue } from '../../src/plugin.ts';
import type { Guest } from '../../src/workers/guest.ts';
import { extismEnv } from '../../src/workers/guests/wasm/extism-env.ts';
import { GuestMemory } from '../../src/workers/guests/wasm/guest-memory.ts';
import { HostSide } from '../../src/workers/guests/wasm/host-side.ts';
import { userFunctionNames } from '../../src/workers/guests/wasm/user-functions.ts';
import { openedGuest, runGuest } from '../support/opened-guest.ts';

const CSV = 'region,amount\nnorth,5\nsouth,7\nnorth, 11\n\nbroken\n';

async function built(file: string, build: (path: string) => Promise<void>): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'guests-'));
  try {
    await build(join(folder, file));
    return await readFile(join(folder, file));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the guest in AssemblyScript', { timeout: 60_000 }, () => {
  let guest: Guest;

  beforeAll(async () => {
    const bytes = await built('report.wasm', buildAssemblyScript);
    guest = await openedGuest(bytes, { options: { title: 'Verkäufe' } });
  }, 60_000);

  test('declares its schedule', async () => {
    expect(await guest.declare()).toEqual({
      name: 'sales-report',
      priority: undefined,
      schedules: [
        {
          id: 'nightly',
          cron: '0 3 * * *',
          timezone: 'Europe/Paris',
          missedRunPolicy: 'run-once',
          config: { key: 'sales.csv', csv: 'region,amount\nnorth,1' },
        },
      ],
    });
  });

  test('reports from a table in kv, and keeps the sums', async () => {
    const config = { key: 'sales.csv', csv: '' };
    const answer = (name: string): JsonValue => (name === 'kv.get' ? CSV : null);
    const { error, calls, lines, spent } = await runGuest(guest, { context: { config }, answer });

    expect(error).toBeNull();
    expect(calls).toEqual([
      ['kv.get', [null, 'sales.csv']],
      ['kv.set', [null, 'report', { north: 16, south: 7 }]],
    ]);
    expect(lines).toEqual([['info', 'Verkäufe: {"north":16,"south":7}']]);
    // The same everywhere: the guest is built by an exact version of its compiler.
    expect(await runGuest(guest, { context: { config }, answer })).toMatchObject({ spent });
  });

  test('takes the table of its config where kv has none, and goes on if kv fails', async () => {
    const config = { key: 'none', csv: CSV };
    const fails = () => {
      throw new Error('no kv here');
    };
    const without = await runGuest(guest, { context: { config } });
    const broken = await runGuest(guest, { context: { config }, answer: fails });

    expect(without.error).toBeNull();
    expect(broken.error).toBeNull();
    expect(broken.lines).toEqual([
      ['info', 'Verkäufe: {"north":16,"south":7}'],
      ['warn', 'the report could not be kept'],
    ]);
  });

  test('fails with its own words', async () => {
    const { error } = await runGuest(guest, { context: { config: { key: 'none', csv: 'region,amount' } } });

    expect(error).toMatchObject({ name: 'GuestFailedError', message: 'the table has no rows' });
  });
});

describe.runIf(findClang() !== null)('the guest in C', { timeout: 60_000 }, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await openedGuest(await built('check-url.wasm', (file) => buildC(file, findClang() ?? '')));
  }, 60_000);

  test('declares its schedule', async () => {
    expect(await guest.declare()).toMatchObject({
      name: 'check-url',
      schedules: [{ id: 'home', cron: '5m', missedRunPolicy: 'skip', config: { url: 'https://example.com/' } }],
    });
  });

  test('asks for the URL, and succeeds for an answer of 2xx', async () => {
    const context = { config: { url: 'https://example.com/health' } };
    const answer = (name: string): JsonValue => (name === 'fetch' ? { status: 204, headers: {}, body: '' } : null);
    const { error, calls, lines } = await runGuest(guest, { context, answer });

    expect(error).toBeNull();
    expect(calls).toEqual([
      ['fetch', [{ url: 'https://example.com/health', method: 'GET' }]],
      ['metric', ['site_up', 1, {}]],
    ]);
    expect(lines).toEqual([['info', 'the site is up']]);
  });

  test.each([
    ['another answer', () => ({ status: 500, headers: {}, body: '' }), '{"status":500,"headers":{},"body":""}'],
    [
      'no answer',
      () => {
        throw new Error('connection refused');
      },
      'connection refused',
    ],
  ])('fails for %s', async (_, answer, message) => {
    const context = { config: { url: 'https://example.com/' } };

    expect((await runGuest(guest, { context, answer })).error).toMatchObject({ name: 'GuestFailedError', message });
  });

  test('fails without a URL', async () => {
    expect((await runGuest(guest)).error?.message).toBe('the config of the schedule has no url');
  });
});

describe('the header for C', () => {
  test('is that of the list, as "npm run guests:header" writes it', async () => {
    expect(await currentHeader()).toBe(guestHeader());
  });

  test('and the list has every function that a guest may import', () => {
    const surroundings = {
      options: null,
      config: null,
      log: () => {},
      nowMs: () => 0,
      files: null,
      callHost: () => null,
    };
    const env = Object.keys(extismEnv(new HostSide(new GuestMemory(() => 0), surroundings)));
    const user = [...userFunctionNames({ allowedPaths: ['.'] }).keys()];
    const listed = (module: string) => GUEST_IMPORTS.filter((each) => each.module === module).map(({ name }) => name);

    expect(listed('extism:host/env').toSorted()).toEqual(env.toSorted());
    expect(listed('extism:host/user').toSorted()).toEqual(user.toSorted());
  });
});
