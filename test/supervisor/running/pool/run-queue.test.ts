import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type QueuedRun, RunQueue } from '../../../../src/supervisor/running/pool/run-queue.ts';

const runs = fc.array(
  fc.record({ isCatchup: fc.boolean(), priority: fc.integer({ min: 0, max: 3 }), isRemoved: fc.boolean() }),
);

test('a run queue gives what was not taken out: on-time first, then by priority, then by arrival', () => {
  fc.assert(
    fc.property(runs, (described) => {
      const queue = new RunQueue<QueuedRun>();
      const all = described.map((run, index) => ({ ...run, taskId: `run-${index}` }));
      for (const run of all) queue.push(run, 0);
      for (const run of all) if (run.isRemoved) expect(queue.take(run.taskId)).toBe(run);
      const kept = all.filter(({ isRemoved }) => !isRemoved);

      expect(queue.size).toBe(kept.length);
      const ranked = kept.toSorted((a, b) => Number(a.isCatchup) - Number(b.isCatchup) || a.priority - b.priority);
      expect(kept.map(() => queue.shift())).toEqual(ranked);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});

test('a run that is put back comes before its equals', () => {
  const queue = new RunQueue<QueuedRun>();
  const [first, second] = ['first', 'second'].map((taskId) => ({ taskId, isCatchup: false, priority: 1 }));
  if (first !== undefined) queue.push(first, 0);
  const taken = queue.shift();
  if (second !== undefined) queue.push(second, 0);

  if (taken !== undefined) queue.unshift(taken);

  expect(queue.shift()).toBe(first);
});

test('a run whose schedule falls due again soon goes before its equals, by a second at most', () => {
  const queue = new RunQueue<QueuedRun>();
  const run = (taskId: string, periodMs?: number): QueuedRun => {
    return { taskId, isCatchup: false, priority: 1, untilNextMs: periodMs === undefined ? undefined : () => periodMs };
  };
  queue.push(run('daily', 86_400_000), 0);
  queue.push(run('by hand'), 1);
  queue.push(run('soon'), 5);
  queue.push(run('every 10 ms', 10), 900);
  queue.push(run('every 10 ms, too late', 10), 1_000);
  queue.push({ ...run('urgent', 86_400_000), priority: 0 }, 2_000);

  const order = Array.from({ length: queue.size }, () => queue.shift()?.taskId);

  expect(order).toEqual(['urgent', 'every 10 ms', 'daily', 'by hand', 'soon', 'every 10 ms, too late']);
});

const TENANTS = [undefined, 'a', 'b', 'c'];

interface Step {
  readonly kind: 'push' | 'shift' | 'end' | 'take' | 'return';
  readonly tenant: number;
  readonly priority: number;
  readonly isCatchup: boolean;
  readonly pick: number;
}

const stepsOf = (...tenants: (string | undefined)[]) =>
  fc.array(
    fc.record<Step>({
      kind: fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'end', 'take', 'return'),
      tenant: fc.constantFrom(...tenants.map((tenant) => TENANTS.indexOf(tenant))),
      priority: fc.nat({ max: 1 }),
      isCatchup: fc.boolean(),
      pick: fc.nat(),
    }),
    { maxLength: 120 },
  );

/** Tenants a and b have a share of so many runs. */
const LIMITS: Readonly<Record<string, number>> = { a: 1, b: 2 };

function tenantRun(step: Step, taskId: string): QueuedRun {
  const tenantId = TENANTS[step.tenant];
  const maxConcurrent = LIMITS[tenantId ?? ''];
  const share = maxConcurrent === undefined ? undefined : { installation: `p@${tenantId}`, maxConcurrent };
  return { taskId, isCatchup: step.isCatchup, priority: step.priority, tenantId, share };
}

/** The queue beside lists, which say what is right. */
class Model {
  readonly queue = new RunQueue<QueuedRun>();
  waiting: QueuedRun[] = [];
  running: QueuedRun[] = [];
  #count = 0;

  step(step: Step): void {
    this[step.kind](step);
    expect(this.queue.size).toBe(this.waiting.length);
    // Pools look at this before they ask for a run.
    if (this.waiting.some((run) => this.mayExecute(run))) expect(this.queue.readyCount).toBeGreaterThan(0);
  }

  push(step: Step): void {
    this.#count += 1;
    const run = tenantRun(step, `run-${this.#count}`);
    this.waiting.push(run);
    this.queue.push(run, this.#count);
  }

  shift(): void {
    const free = this.waiting.filter((run) => this.mayExecute(run));
    const run = this.queue.shift();
    if (run === undefined) {
      expect(free).toEqual([]);
      return;
    }
    const best = free.toSorted((a, b) => Number(a.isCatchup) - Number(b.isCatchup) || a.priority - b.priority)[0];
    expect([run.isCatchup, run.priority]).toEqual([best?.isCatchup, best?.priority]);
    expect(free).toContain(run);
    this.waiting = this.waiting.filter((each) => each !== run);
    this.running.push(run);
  }

  end({ pick }: Step): void {
    const run = this.#stop(pick);
    if (run !== undefined) this.queue.ended(run);
  }

  return({ pick }: Step): void {
    const run = this.#stop(pick);
    if (run === undefined) return;
    this.queue.ended(run);
    this.queue.unshift(run);
    this.waiting.push(run);
  }

  take({ pick }: Step): void {
    const run = this.waiting[pick % Math.max(this.waiting.length, 1)];
    expect(this.queue.take(run?.taskId ?? 'none')).toBe(run);
    this.waiting = this.waiting.filter((each) => each !== run);
  }

  #stop(pick: number): QueuedRun | undefined {
    const [run] = this.running.splice(pick % Math.max(this.running.length, 1), 1);
    return run;
  }

  mayExecute({ share, tenantId }: QueuedRun): boolean {
    const running = this.running.filter((run) => run.tenantId === tenantId).length;
    return share === undefined || running < share.maxConcurrent;
  }
}

test.each([[TENANTS], [['a']], [['b']]])('an installation keeps to its share, and all others pass: %j', (tenants) => {
  fc.assert(
    fc.property(stepsOf(...tenants), (all) => {
      const model = new Model();
      for (const step of all) model.step(step);
      // Whatever waits can start in the end.
      while (model.waiting.length > 0) {
        const before = model.waiting.length;
        model.shift();
        for (const run of model.running.splice(0)) model.queue.ended(run);
        if (model.waiting.length === before) model.shift();
        expect(model.waiting.length).toBeLessThan(before);
      }
      expect(model.queue.shift()).toBeUndefined();
    }),
  );
});

test('a run that leaves before its turn does not strand the others of its installation', () => {
  const model = new Model();
  const ofLimited = { tenant: TENANTS.indexOf('a'), priority: 0, isCatchup: false, pick: 0 };
  for (const kind of ['push', 'shift', 'push', 'push', 'end', 'take', 'shift'] as const) {
    model.step({ kind, ...ofLimited });
  }
  expect(model.running.map(({ taskId }) => taskId)).toEqual(['run-3']);
});

/** Counts, for each tenant that waits, how many runs of each other one have gone before its next one. */
class Passing {
  readonly queue = new RunQueue<QueuedRun>();
  readonly #passed = new Map<string, Map<string, number>>();
  readonly #waiting = new Map<string, number>();
  #count = 0;
  /** The most runs of one tenant that passed a waiting run of another one. */
  most = 0;

  push(tenantId: string, count: number): void {
    if ((this.#waiting.get(tenantId) ?? 0) === 0) this.#passed.set(tenantId, new Map());
    this.#waiting.set(tenantId, (this.#waiting.get(tenantId) ?? 0) + count);
    for (let index = 0; index < count; index += 1) {
      this.#count += 1;
      this.queue.push({ taskId: `${this.#count}`, isCatchup: false, priority: 1, tenantId }, this.#count);
    }
  }

  shift(): void {
    const tenant = this.queue.shift()?.tenantId;
    if (tenant === undefined) return;
    const left = (this.#waiting.get(tenant) ?? 0) - 1;
    this.#waiting.set(tenant, left);
    this.#passed.delete(tenant);
    for (const by of this.#passed.values()) {
      by.set(tenant, (by.get(tenant) ?? 0) + 1);
      this.most = Math.max(this.most, by.get(tenant) ?? 0);
    }
    if (left > 0) this.#passed.set(tenant, new Map());
  }
}

test('a tenant waits for two runs of any other one at most, however many those have', () => {
  const event = fc.record({
    isShift: fc.boolean(),
    tenant: fc.nat({ max: 3 }),
    count: fc.integer({ min: 1, max: 30 }),
  });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const passing = new Passing();
      for (const { isShift, tenant, count } of events) {
        if (isShift) passing.shift();
        else passing.push(`tenant-${tenant}`, count);
      }
      while (passing.queue.size > 0) passing.shift();
      expect(passing.most).toBeLessThanOrEqual(2);
    }),
  );
});

test('tenants that wait take turns, in the order of their runs', () => {
  const queue = new RunQueue<QueuedRun>();
  const push = (tenantId: string, ...taskIds: string[]): void => {
    for (const taskId of taskIds) queue.push({ taskId, isCatchup: false, priority: 1, tenantId }, 0);
  };
  push('flood', 'f1', 'f2', 'f3', 'f4');
  const order = [queue.shift()?.taskId];
  push('acme', 'a1', 'a2');
  push('bell', 'b1');

  while (queue.size > 0) order.push(queue.shift()?.taskId);

  expect(order).toEqual(['f1', 'a1', 'b1', 'f2', 'a2', 'f3', 'f4']);
});

test('in a full queue the last run of the greediest tenant gives way to a tenant with fewer', () => {
  const queue = new RunQueue<QueuedRun>();
  const push = (tenantId: string, taskId: string, own: Partial<QueuedRun> = {}): void => {
    queue.push({ taskId, isCatchup: false, priority: 1, tenantId, ...own }, 0);
  };
  for (const taskId of ['f1', 'f2', 'f3', 'f4']) push('flood', taskId);
  push('flood', 'placed', { hasPlace: true });
  push('acme', 'a1');
  queue.shift();

  expect(queue.displaceFor({ tenantId: 'flood' })).toBeUndefined();
  expect(queue.displaceFor({ tenantId: 'bell' })?.taskId).toBe('f4');
  push('bell', 'b1');
  expect(queue.displaceFor({ tenantId: 'bell' })?.taskId).toBe('f3');
  push('bell', 'b2');
  expect(queue.displaceFor({ tenantId: 'bell' })).toBeUndefined();
  expect(queue.displaceFor({ tenantId: 'core' })?.taskId).toMatch(/f2|b2/);
  expect(queue.displaceFor({ tenantId: 'core' })?.taskId).toMatch(/f2|b2/);
  // Everybody has one.
  expect(queue.displaceFor({ tenantId: 'dome' })).toBeUndefined();
});

test('what gives way would go last of its tenant, and all that wait count in the comparison', () => {
  const queue = new RunQueue<QueuedRun>();
  const push = (tenantId: string, taskId: string, own: Partial<QueuedRun> = {}): void => {
    queue.push({ taskId, isCatchup: false, priority: 100, tenantId, ...own }, 0);
  };
  for (const taskId of ['f1', 'f2', 'f3']) push('flood', taskId);
  push('flood', 'urgent', { priority: 0 });
  for (const taskId of ['p1', 'p2', 'p3', 'p4']) push('placed', taskId, { hasPlace: true });

  // It has as many as the flood, and none of its own may give way.
  expect(queue.displaceFor({ tenantId: 'placed' })).toBeUndefined();
  expect(queue.displaceFor({ tenantId: 'bell' })?.taskId).toBe('f3');
  expect(queue.displaceFor({ tenantId: 'bell' })?.taskId).toBe('f2');
  expect(queue.displaceFor({ tenantId: 'bell' })?.taskId).toBe('f1');
  expect(queue.displaceFor({ tenantId: 'bell' })).toBeUndefined();
});

test('a run that waits for its share gives way to one of its tenant that may execute', () => {
  const queue = new RunQueue<QueuedRun>();
  const push = (taskId: string, own: Partial<QueuedRun> = {}): void => {
    queue.push({ taskId, isCatchup: false, priority: 1, ...own }, 0);
  };
  const share = { installation: 'p', maxConcurrent: 1 };
  push('running', { share });
  queue.shift();
  push('parked', { share });
  push('last parked', { share, priority: 2 });
  push('placed', { share, hasPlace: true, priority: 3 });
  push('ready', { priority: 4 });

  expect(queue.displaceFor({ share })).toBeUndefined();
  expect(queue.displaceFor({ tenantId: 'other' })?.taskId).toBe('ready');
  expect(queue.displaceFor({})?.taskId).toBe('last parked');
  expect(queue.displaceFor({ share: { installation: 'q', maxConcurrent: 1 } })?.taskId).toBe('parked');
  expect(queue.displaceFor({})).toBeUndefined();
});

/** A queue with so much room, and how many runs each tenant has in it. */
class FullQueue {
  readonly queue = new RunQueue<QueuedRun>();
  readonly counts = new Map<string, number>();
  readonly #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  countOf(tenantId: string): number {
    return this.counts.get(tenantId) ?? 0;
  }

  /** Whether the run was taken. */
  offer(taskId: string, tenantId: string): boolean {
    const { queue } = this;
    if (queue.size >= this.#room) {
      const displaced = queue.displaceFor({ tenantId })?.tenantId;
      if (displaced === undefined) return false;
      this.counts.set(displaced, this.countOf(displaced) - 1);
    }
    queue.push({ taskId, isCatchup: false, priority: 1, tenantId }, 0);
    this.counts.set(tenantId, this.countOf(tenantId) + 1);
    return true;
  }
}

test('a full queue gives every tenant its share of the room', () => {
  const arrivals = fc.array(fc.nat({ max: 5 }), { minLength: 60, maxLength: 300 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 6, max: 24 }), (tenants, room) => {
      const full = new FullQueue(room);
      const shares = Math.floor(room / new Set(tenants).size);
      for (const [index, tenant] of tenants.entries()) {
        const tenantId = `t${tenant}`;
        const own = full.countOf(tenantId);
        if (!full.offer(`${index}`, tenantId)) expect(own + 1).toBeGreaterThanOrEqual(shares);
      }
      expect(full.queue.size).toBe(room);
    }),
  );
});
