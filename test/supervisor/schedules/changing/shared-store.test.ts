/** Plugins that come to a node at run time, while other nodes of the same store have them, or have had them. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunRecord } from '../../../../src/machines/run.ts';
import type { Schedule, ScheduledPlugin } from '../../../../src/plugin.ts';
import type { Supervisor } from '../../../../src/supervisor/supervisor.ts';
import { Link, NO_FAULTS } from '../../../../src/testing/cluster/link.ts';
import { StoreBackends } from '../../../../src/testing/cluster/virtual-backends.ts';
import { NodeClock } from '../../../../src/testing/node-clock.ts';
import { PluginShelf } from '../../../../src/testing/plugins/plugin-shelf.ts';
import { seededRandom } from '../../../../src/testing/run-duration.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { VirtualProcess } from '../../../../src/testing/virtual-process.ts';
import { virtualSettings } from '../../../../src/testing/virtual-scheduler-options.ts';
import { runLine } from '../../../testing/history-lines.ts';

const HOUR = 3_600_000;
const START_MS = Date.parse('2026-03-05T08:30:00Z');

const hourly = (id: string): Schedule => ({ id, cron: '0 * * * *', missedRunPolicy: 'run-all' });

function pluginOf(schedules: readonly Schedule[]): ScheduledPlugin {
  return { name: 'p', schedules: () => [...schedules], run: () => {} };
}

interface Node {
  readonly supervisor: Supervisor;
  kill(): void;
  stop(): Promise<unknown>;
  /** Installs its plugin again. */
  install(): Promise<unknown>;
  uninstall(): Promise<unknown>;
}

/** Nodes that share a store. */
function cluster() {
  const clock = new VirtualClock(START_MS);
  const backends = new StoreBackends(clock);
  const runs: RunRecord[] = [];
  const start = async (name: string, plugin: ScheduledPlugin, runMs = 1): Promise<Node> => {
    const settings = virtualSettings({ plugins: [plugin], startAt: START_MS, runMs });
    const random = seededRandom(1);
    const nodeClock = new NodeClock(clock, 0);
    const link = new Link(clock, nodeClock, { faults: NO_FAULTS, random });
    let count = 0;
    const process = new VirtualProcess({
      settings,
      nodeId: name,
      incarnationId: name,
      clock: nodeClock,
      ...backends.forNode().open({ clock: nodeClock, link }),
      isCluster: true,
      random,
      newRunId: () => `${name}-${++count}`,
      heard: (event) => event.type === 'run' && runs.push(event.event),
    });
    onTestFinished(() => process.kill());
    const { supervisor } = process;
    await clock.advanceUntil(supervisor.start());
    const [reference] = new PluginShelf(settings.plugins).references;
    if (reference === undefined) throw new Error('a node of this test has one plugin');
    return {
      supervisor,
      kill: () => process.kill(),
      stop: () => clock.advanceUntil(supervisor.stop({ drainMs: 0 })).finally(() => process.kill()),
      install: () => clock.advanceUntil(supervisor.install(reference)),
      uninstall: () => clock.advanceUntil(supervisor.uninstall({ name: 'p' })),
    };
  };
  return { clock, runs, start };
}

describe('a plugin that comes to a node at run time', () => {
  test('goes on where the other nodes have left its schedules, and makes up for what was missed', async () => {
    const { clock, runs, start } = cluster();
    const other = await start('a', pluginOf([hourly('s')]));
    const node = await start('c', pluginOf([hourly('s')]));
    await node.uninstall();
    await clock.advance(HOUR);
    await other.stop();
    await clock.advance(3 * HOUR);
    await node.install();
    await clock.advance(HOUR);
    expect(runs.map(runLine)).toEqual(['09:00', '10:00 catch-up', '11:00 catch-up', '12:00 catch-up', '13:00']);
  });

  test('is not paused any more when another node has resumed it meanwhile', async () => {
    const { clock, runs, start } = cluster();
    const other = await start('a', pluginOf([hourly('s')]));
    await clock.advanceUntil(other.supervisor.pause({ key: 'p/s' }));
    const node = await start('c', pluginOf([hourly('s')]));
    await node.uninstall();
    await clock.advance(1_000);
    await clock.advanceUntil(other.supervisor.resume({ key: 'p/s' }));
    await clock.advance(HOUR);
    await other.stop();
    await node.install();
    await clock.advance(HOUR);
    expect(node.supervisor.schedules()).toMatchObject([{ state: 'idle' }]);
    expect(runs.map(runLine)).toEqual(['09:00', '10:00']);
  });

  test('comes again while an occurrence waits for its jitter, which runs all the same', async () => {
    const { clock, runs, start } = cluster();
    const delayed: Schedule = { ...hourly('s'), jitterMs: 20 * 60_000 };
    const node = await start('c', pluginOf([delayed]));
    await clock.advanceUntil(node.supervisor.triggerWhenRecorded({ key: 'p/s' }));
    await clock.advance(HOUR / 2);
    expect(runs.map(({ trigger }) => trigger)).toEqual(['manual']);
    await node.uninstall();
    await node.install();
    await clock.advance(HOUR / 2);
    expect(runs.map(({ scheduledAtMs }) => scheduledAtMs)).toContain(START_MS + HOUR / 2);
  });

  test('makes up for a run of a node that died, which it has settled itself without the plugin', async () => {
    const { clock, runs, start } = cluster();
    const dying = await start('a', pluginOf([hourly('s')]), HOUR / 4);
    const node = await start('c', pluginOf([hourly('s')]));
    await node.uninstall();
    await clock.advance(HOUR / 2 + 60_000);
    dying.kill();
    await clock.advance(60_000);
    const explained = async (): Promise<string> => {
      const at = { key: 'p/s', atMs: START_MS + HOUR / 2 };
      return (await clock.advanceUntil(node.supervisor.explain(at))).text;
    };
    expect(runs.map(runLine)).toEqual(['09:00 lost']);
    expect(await explained()).toContain('was lost as run a-1');
    await node.install();
    await clock.advance(60_000);
    expect(runs.map(runLine)).toEqual(['09:00 lost', '09:00 catch-up for a-1']);
    expect(await explained()).toContain('ran as a catch-up as run c-1');
  });

  test('goes on with a schedule that a reload adds', async () => {
    const { clock, runs, start } = cluster();
    const schedules = [hourly('s')];
    const other = await start('a', pluginOf([hourly('s'), hourly('t')]));
    const node = await start('c', pluginOf(schedules));
    await clock.advance(HOUR);
    await other.stop();
    await clock.advance(2 * HOUR);
    schedules.push(hourly('t'));
    await clock.advanceUntil(node.supervisor.reload({ name: 'p' }));
    await clock.advance(60_000);
    const ofAdded = runs.filter(({ key }) => key === 'p/t');
    expect(ofAdded.map(runLine)).toEqual(['09:00', '10:00 catch-up', '11:00 catch-up']);
  });
});
