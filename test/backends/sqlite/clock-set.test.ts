/** A file that was written with the clock years ahead, as the next scheduler finds it and as `explain` reads it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStoreFile, writeStoreFile } from '../../../src/backends/sqlite/store-thread/store-file.ts';
import { StoreService } from '../../../src/backends/sqlite/store-thread/store-service.ts';
import { explain } from '../../../src/machines/explaining/explain.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';
import type { SchedulerWarning } from '../../../src/supervisor/scheduler-reports.ts';
import { NodeClock } from '../../../src/testing/node-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { VirtualProcess } from '../../../src/testing/virtual-process.ts';
import { virtualSettings } from '../../../src/testing/virtual-scheduler-options.ts';

const MINUTE = 60_000;
const YEARS_72 = 72 * 365.25 * 24 * 60 * MINUTE;
const at = (time: string): number => Date.parse(`2026-03-05T${time}Z`);

/** The store of production without its thread, so that virtual time waits for it. */
function storeAt(path: string): StateStore {
  const retention = { maxRuns: 1_000, maxAgeMs: 365 * 24 * 60 * MINUTE };
  const service = new StoreService({ path, durability: 'relaxed', retention }, () => {});
  return {
    name: 'sqlite',
    open: (session) => service.open(session),
    write: async (entry) => ({ isTaken: (await service.write([entry])).length === 0 }),
    beat: async (atMs) => void (await service.write([{ kind: 'seen', atMs }])),
    openClaims: () => service.openClaims(),
    history: (query) => service.history(query),
    facts: (key, atMs) => service.facts({ key, atMs }),
    close: async (atMs) => void (await service.close({ atMs })),
  };
}

/** A machine with one file, whose clock anybody may set. */
class Machine {
  readonly path: string;
  readonly clock = new VirtualClock(at('09:00:00'));
  readonly warnings: SchedulerWarning[] = [];
  #runs = 0;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'clock-set-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    this.path = join(folder, 'escapement.db');
  }

  /** Runs a scheduler for a while. */
  async run(minutes: number): Promise<void> {
    const schedules = () => [
      { id: 's', cron: '*/15 * * * *' },
      { id: 'fixed', cron: '0 3 * * *' },
    ];
    const process = new VirtualProcess({
      settings: virtualSettings({ plugins: [{ name: 'p', schedules, run: () => {} }] }),
      nodeId: 'node',
      incarnationId: `incarnation at ${this.clock.monotonicMs()}`,
      clock: new NodeClock(this.clock),
      store: storeAt(this.path),
      locking: null,
      isCluster: false,
      random: () => 0,
      newRunId: () => `run-${++this.#runs}`,
      heard: (event) => {
        if (event.type === 'warning') this.warnings.push(event.event);
      },
    });
    await this.clock.advanceUntil(process.supervisor.start());
    await this.clock.advance(minutes * MINUTE);
    await this.clock.advanceUntil(process.supervisor.stop({ drainMs: 0 }));
    process.kill();
  }

  /** What `escapement explain` says. */
  verdict(atMs: number): string {
    const file = openStoreFile(this.path);
    const nowMs = this.clock.nowMs();
    const { verdict, position, text } = explain(file.facts('p/s', atMs), { key: 'p/s', atMs, nowMs });
    file.close();
    expect(text).not.toMatch(/undefined|NaN|No scheduler was running.*2098/);
    return position === undefined ? verdict : `${verdict}, ${position.position?.how}`;
  }
}

describe('a store that one boot wrote 72 years ahead', () => {
  async function wronged(): Promise<Machine> {
    const machine = new Machine();
    await machine.run(70);
    machine.clock.stepWall(YEARS_72);
    await machine.run(20);
    machine.clock.stepWall(-YEARS_72);
    await machine.run(50);
    return machine;
  }

  test('goes on when the clock is right again', async () => {
    const machine = await wronged();
    const file = openStoreFile(machine.path);
    const runs = file.history({ key: 'p/s', limit: 3 }).map(({ scheduledAtMs, pass }) => [scheduledAtMs, pass]);
    file.close();
    expect(runs).toEqual([
      [at('11:15:00'), 2],
      [at('11:00:00'), 2],
      [at('10:45:00'), 2],
    ]);
    expect(machine.warnings).toMatchObject([
      { code: 'position-ahead', message: expect.stringContaining('2 schedules') },
    ]);
  });

  test('is explained', async () => {
    const machine = await wronged();
    await machine.clock.advance(30 * MINUTE);
    const rows: [number, string][] = [
      [at('08:45:00'), 'unknown'],
      [at('09:15:00'), 'ran'],
      [at('10:00:00'), 'ran'],
      [at('10:10:30'), 'not-due'],
      [at('10:15:00'), 'missed-skipped, anew'],
      [at('10:30:00'), 'missed-skipped, anew'],
      [at('10:45:00'), 'ran'],
      [at('11:15:00'), 'ran'],
      [at('11:45:00'), 'waiting'],
      [at('12:00:00'), 'not-yet-due'],
      [at('23:00:00'), 'not-yet-due'],
      [at('10:15:00') + YEARS_72, 'ran, anew'],
    ];
    expect(rows.map(([atMs]) => [atMs, machine.verdict(atMs)])).toEqual(rows);
  });

  test('is moved by an operator while nobody runs it', async () => {
    const machine = await wronged();
    const change = {
      key: 'p/s',
      atMs: machine.clock.nowMs(),
      how: 'placed',
      fromMs: 0,
      cursorMs: at('11:45:00'),
    } as const;
    await writeStoreFile(machine.path, () => [{ kind: 'repositioned', ...change }]);
    await machine.run(45);
    expect([machine.verdict(at('11:30:00')), machine.verdict(at('12:00:00'))]).toEqual(['passed-over, placed', 'ran']);
  });
});
