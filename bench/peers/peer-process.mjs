/**
 * One system under one workload, in a process of its own. JavaScript, so that no stripping of types is in the figures.
 */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PERIOD_MS = 1_000;
/** What falls due in this time is not counted, because threads still start and code is compiled. */
const WARM_UP_PERIODS = 3;
const OVERTIME_MS = 2 * PERIOD_MS;
const LOOK_MS = 5;
const SETTLE_MS = 2_000;
/** Trials grow until one takes this share of the measured time. */
const TRIAL_SHARE = 0.2;
const TRIAL_GROWTH = 4;

// Nobody waits for the answer any more.
process.once('disconnect', () => process.exit());
process.once('message', (request) => {
  void answerTo(request).then((answer) => {
    process.send(answer, () => process.exit());
  });
});

async function answerTo(request) {
  const { system, workload, file, workMs } = request;
  process.env['BENCH_FILE'] = file;
  process.env['BENCH_WORK_MS'] = String(workMs);
  process.env['BENCH_JOB'] = workload.kind === 'given' ? 'count' : 'line';
  const { start, cannot = {}, mostSchedules = Number.POSITIVE_INFINITY } = await import(`./systems/${system}.mjs`);
  const reason = cannot[workload.name];
  if (reason !== undefined) return { cannot: reason };
  const names = Array.from({ length: Math.min(request.schedules, mostSchedules) }, (_, index) => `schedule-${index}`);
  const due = workload.kind === 'lateness' ? 'every second' : 'never';
  return KINDS[workload.kind](() => start({ ...request, names, due }), request, names.length);
}

const KINDS = {
  /** Schedules that are due every second, while the host does what the workload says. */
  lateness: async (start, { workload, durationMs }) => {
    const { blockHost } = await import('../tick-latency/host-block.ts');
    const cpu = await cpuWatch();
    await start();
    const fromMs = (Math.ceil(wallMs() / PERIOD_MS) + WARM_UP_PERIODS) * PERIOD_MS;
    const untilMs = fromMs + durationMs;
    if (workload.freeMs === 0) {
      await sleep(fromMs - PERIOD_MS / 2 - wallMs());
      while (wallMs() < untilMs);
      await sleep(OVERTIME_MS);
    } else {
      const host = blockHost(workload.busyMs, workload.freeMs);
      await sleep(untilMs + OVERTIME_MS - wallMs());
      host.stop();
    }
    return { fromMs, untilMs, ...cpu() };
  },

  /** Runs that are given to it as fast as it takes them. The file has a byte for each that has ended. */
  given: async (start, { file, count, durationMs }) => {
    const cpu = await cpuWatch();
    const { give } = await start();
    let ended = 0;
    const ranMs = async (more) => {
      const fromMs = performance.now();
      ended += more;
      const given = give(more);
      while (statSync(file).size < ended) await sleep(LOOK_MS);
      const elapsedMs = performance.now() - fromMs;
      await given;
      return elapsedMs;
    };
    // Some systems take jobs in batches or by polling, so the pace shows only in a longer run.
    let trial = count.least;
    let trialMs = await ranMs(trial);
    while (trialMs < durationMs * TRIAL_SHARE && trial < count.most) {
      trial = Math.min(trial * TRIAL_GROWTH, count.most);
      trialMs = await ranMs(trial);
    }
    const runs = Math.min(Math.max(Math.round((trial / trialMs) * durationMs), count.least), count.most);
    const treeMs = await treeCpuWatch();
    const elapsedMs = await ranMs(runs);
    return { runs, elapsedMs, treeCpuMs: treeMs(), ...cpu() };
  },

  /** What it and all its processes hold when nothing is due. */
  memory: async (start, _request, schedules) => {
    const { treeBytes } = await import('../process-tree.ts');
    const cpu = await cpuWatch();
    await start();
    await sleep(SETTLE_MS);
    collectGarbage();
    return { schedules, treeBytes: treeBytes(process.pid), ...cpu() };
  },

  /** From the start of this process until its first run has started. */
  first: async (start, { file }) => {
    const { give } = await start();
    void give(1);
    while (statSync(file).size === 0) await sleep(LOOK_MS);
    const { readStarts } = await import('../tick-latency/load.ts');
    return { firstRunMs: readStarts(file)[0].startedAtMs - performance.timeOrigin };
  },
};

/** Everything that the benchmark has started is not foreign: this process, what it starts, and the servers. */
async function cpuWatch() {
  const { watchCpu } = await import('../foreign-load.ts');
  const use = watchCpu(process.ppid);
  return () => ({ foreignCores: use().foreignCores });
}

/** CPU of this process, of what it has started, and of the servers. The benchmark itself only waits meanwhile. */
async function treeCpuWatch() {
  const { treeCpuMs } = await import('../process-tree.ts');
  const before = treeCpuMs(process.ppid);
  return () => (before === null ? null : treeCpuMs(process.ppid) - before);
}

/** As a flag of the process it would reach threads of some systems, which refuse it. */
function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function wallMs() {
  return performance.timeOrigin + performance.now();
}
