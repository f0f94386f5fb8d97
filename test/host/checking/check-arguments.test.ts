import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkOptions } from '../../../src/host/checking/check-options.ts';
import {
  createScheduler,
  memoryStore,
  nextOccurrences,
  postgresLocking,
  postgresStore,
  redisLocking,
  type Scheduler,
  type SchedulerOptions,
  sqliteLocking,
  sqliteStore,
} from '../../../src/index.ts';

const loop: { self?: unknown } = {};
loop.self = loop;
const bomb = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('bomb');
    },
  },
);
// biome-ignore lint/suspicious/noExplicitAny: every argument here is wrong on purpose.
type Wrong = any;

const refusal = (option: string, text: string) =>
  expect.objectContaining({
    code: 'ERR_ESCAPEMENT_INVALID_OPTION',
    option,
    message: expect.stringContaining(text),
  });

/** As an application may keep its settings: the option is a getter of the prototype. */
class Settings {
  get wallMs(): number {
    return 5;
  }
}

/** The functions are on the prototype. */
class Api {
  greet(): string {
    return 'hello';
  }
}

describe('names that objects have of themselves', () => {
  const rule = 'without the name "NAME", which JavaScript itself uses';
  const own = (name: string, value: unknown) => JSON.parse(`{"${name}":0}`, (key, it) => (key === name ? value : it));
  test.each(['__proto__', 'constructor', 'prototype'])('are refused and not left out: %s', (name) => {
    const says = rule.replace('NAME', name);
    expect(() => checkOptions({ hostFunctions: own(name, () => 1) })).toThrow(`an object of functions ${says}`);
    expect(() => checkOptions({ pool: { env: own(name, 'x') } })).toThrow(`an object of strings ${says}`);
    expect(() => checkOptions({ pool: { processes: { env: own(name, 'x') } } })).toThrow(
      `an object of strings ${says}`,
    );
    expect(() => checkOptions({ notify: { webhook: 'https://a.example/', headers: own(name, 'x') } })).toThrow(name);
    expect(() => checkOptions({ store: { module: 'm', options: own(name, 1) } })).toThrow(name);
  });
});

describe('the options of a scheduler', () => {
  test.each<[string, unknown, string, string]>([
    ['none', undefined, 'options', 'it must be an object, such as'],
    ['null', null, 'options', 'not null'],
    ['an array', [], 'options', 'it must be an object, such as'],
    ['a date', new Date(), 'options', 'it must be an object, such as'],
    ['a regular expression', /x/, 'options', 'it inherits '],
    ['inherited options', Object.create({ dryRun: true }), 'options', 'it inherits dryRun, and only fields of its own'],
    ['a getter of a class', { budget: new Settings() }, 'budget', 'it inherits wallMs, and only fields of its own'],
    [
      'methods as functions',
      { hostFunctions: new Api() },
      'hostFunctions',
      'it inherits greet, and only fields of its own',
    ],
    ['a node with a NUL', { nodeId: 'a\0b' }, 'nodeId', 'a string without control characters'],
    ['a node with half a character', { nodeId: 'a\ud800' }, 'nodeId', 'without half a surrogate pair'],
    ...['a\ud800', '\udfffa', 'a\0b', 'a\nb', 'a\u0085'].flatMap((name): [string, unknown, string, string][] =>
      ['tenantId', 'siteId'].map((place) => [
        `a ${place} that not every store can keep, ${JSON.stringify(name)},`,
        { plugins: [{ module: './a.ts', [place]: name }] },
        `plugins.0.${place}`,
        'control characters and half a surrogate pair',
      ]),
    ),
    ['a date as an object', { pool: new Date() }, 'pool', 'it must be an object with minThreads'],
    ['a promise', Promise.resolve({}), 'options', 'it is a Promise, which is not awaited'],
    [
      'an unknown limit',
      { pool: { resourceLimits: { evil: 5 } } },
      'pool.resourceLimits.evil',
      'the options are maxOld',
    ],
    [
      'a wrong limit',
      { pool: { resourceLimits: { stackSizeMb: 'x' } } },
      'pool.resourceLimits.stackSizeMb',
      'MiB above 0, not "x"',
    ],
    [
      'too few threads',
      { pool: { minThreads: 4, maxThreads: 2 } },
      'pool.minThreads',
      'at most pool.maxThreads, which is 2, not 4',
    ],
    [
      'a grace without end',
      { budget: { graceMs: Number.POSITIVE_INFINITY } },
      'budget.graceMs',
      '0 or more milliseconds',
    ],
    [
      'a store that is a word',
      { store: 'sqlite' },
      'store',
      'what memoryStore(), sqliteStore() or postgresStore() returns',
    ],
    [
      'a store with an unknown field',
      { store: { module: 'x', opts: {} } },
      'store.opts',
      'the options are module, options',
    ],
    [
      'a store with a function',
      { store: { module: 'x', options: { f() {} } } },
      'store.options',
      'it must be JSON, but f is a function',
    ],
    [
      'a plugin itself',
      { plugins: [{ name: 'p', schedules() {}, run() {} }] },
      'plugins.0',
      'is a plugin, not its module: it runs on other threads',
    ],
    [
      'an unknown field of a plugin',
      { plugins: [{ module: 'x', optoins: 1 }] },
      'plugins.0.optoins',
      'did you mean options?',
    ],
    [
      'a tenant that would split a key',
      { plugins: [{ module: 'x', tenantId: 'a:b' }] },
      'plugins.0.tenantId',
      'without ":" and "/"',
    ],
    ['more plugins than can be', { plugins: new Array(4_294_967_295) }, 'plugins', 'more than 100,000 entries'],
    ['a very long name', { ['x'.repeat(10_000_000)]: 1 }, `${'x'.repeat(128)}…`, 'is unknown: the options are'],
  ])('are refused: %s', async (_, options, option, text) => {
    await expect(createScheduler(options as SchedulerOptions)).rejects.toEqual(refusal(option, text));
  });

  test.each<[string, unknown, string]>([
    ['a function', { f() {} }, 'f is a function'],
    ['a BigInt', { a: [1, 2n] }, 'a[1] is a BigInt'],
    ['a Map', { a: { m: new Map() } }, 'a.m is a Map'],
    ['a Date', { at: new Date() }, 'at is a Date'],
    ['a class', [new (class Price {})()], '[0] is an object of the class Price'],
    ['a circle', { loop }, 'loop.self is an object that contains itself'],
    [
      'a getter',
      {
        get secret() {
          return 1;
        },
      },
      'secret is a getter',
    ],
    ['NaN', { n: Number.NaN }, 'n is NaN, which is not a JSON number'],
    ['a hole', [new Array(2)], '[0][0] is undefined'],
  ])('of a plugin must be JSON, so not %s', async (_, options, text) => {
    const plugins = [{ module: './x.js', options }] as Wrong;
    await expect(createScheduler({ plugins })).rejects.toEqual(refusal('plugins.0.options', `but ${text}`));
  });

  test('may have methods, no prototype, or the prototype of another realm', async () => {
    const own = { plugins: [], logger: { level: 'silent' } } as const;
    const ofAnotherRealm: object = runInNewContext('({})');

    for (const options of [new Api(), Object.create(null), ofAnotherRealm]) {
      await expect(createScheduler(Object.assign(options, own))).resolves.toBeDefined();
    }
  });

  test('are refused when their own code throws', async () => {
    const thrower = (): never => {
      throw new Error('bomb');
    };
    const getter = Object.defineProperty({}, 'pool', { enumerable: true, get: thrower });
    await expect(createScheduler(bomb)).rejects.toEqual(refusal('options', 'it cannot be read: bomb.'));
    await expect(createScheduler(getter)).rejects.toEqual(refusal('pool', 'it cannot be read: bomb.'));
    const plugins = [{ module: './x.js', options: { p: bomb } }] as Wrong;
    await expect(createScheduler({ plugins })).rejects.toEqual(refusal('plugins.0.options', 'p is a Proxy'));
    const scheduler = await createScheduler({});
    await expect(scheduler.history(bomb)).rejects.toEqual(refusal('query', 'it cannot be read: bomb.'));
    await expect(scheduler.stop(bomb)).rejects.toEqual(refusal('options', 'it cannot be read: bomb.'));
  });

  test('are read once, so that what is checked is what is used', async () => {
    let readCount = 0;
    const options = Object.defineProperty({}, 'pool', {
      enumerable: true,
      get: () => {
        readCount += 1;
        return { maxThreads: readCount };
      },
    });
    await createScheduler(options);
    expect(readCount).toBe(1);
  });
});

describe('the options of a backend', () => {
  test.each<[() => unknown, string, string]>([
    [() => memoryStore({ maxRecords: -1 }), 'memoryStore.maxRecords', 'a whole number from 1'],
    [() => memoryStore(null as Wrong), 'memoryStore', 'an object with maxRecords, not null'],
    [() => (sqliteStore as Wrong)(), 'sqliteStore', 'an object such as { path: "escapement.db" }'],
    [() => sqliteStore({ file: 'x' } as Wrong), 'sqliteStore.path', 'is missing: it must be the path of a file'],
    [() => sqliteStore({ path: '' }), 'sqliteStore.path', 'the path of a file'],
    [() => sqliteStore({ path: ':memory:' }), 'sqliteStore.path', 'is a database in memory'],
    [() => sqliteLocking({ path: 'file:x.db?mode=ro' }), 'sqliteLocking.path', 'is a URI'],
    [() => sqliteStore({ path: '~/x.db' }), 'sqliteStore.path', 'is in "~", which only shells know'],
    [() => sqliteStore({ path: 'x', durabilty: 1 } as Wrong), 'sqliteStore.durabilty', 'did you mean durability?'],
    [() => sqliteLocking({} as Wrong), 'sqliteLocking.path', 'is missing'],
    [
      () => postgresStore({ connectionString: 'x', retention: { maxRun: 1 } } as Wrong),
      'postgresStore.retention.maxRun',
      'did you mean maxRuns?',
    ],
    [
      () => postgresLocking({ connectionString: 5 } as Wrong),
      'postgresLocking.connectionString',
      'a string such as postgres://',
    ],
    [() => postgresLocking({} as Wrong), 'postgresLocking', 'an object with either connectionString or pool'],
    [
      () => postgresStore({ connectionString: 'x', pool: { module: 'x' } } as Wrong),
      'postgresStore',
      'an object with either connectionString or pool',
    ],
    [
      () => postgresStore({ pool: { module: 5 } } as Wrong),
      'postgresStore.pool.module',
      'a path, a file: URL or a package',
    ],
    [() => redisLocking({ client: {} } as Wrong), 'redisLocking.client.module', 'a path, a file: URL or a package'],
    [
      () => redisLocking({ client: { module: 'x', options: { f: () => 1 } } } as Wrong),
      'redisLocking.client.options',
      'JSON, but',
    ],
    [() => redisLocking({ url: 5 } as Wrong), 'redisLocking.url', 'a URL such as redis://'],
    [
      () => redisLocking({} as Wrong),
      'redisLocking',
      'an object with exactly one of url, cluster, sentinel and client',
    ],
    [() => redisLocking({ url: 'redis://x', cluster: ['redis://x'] } as Wrong), 'redisLocking', 'exactly one of'],
    [() => redisLocking({ cluster: [] }), 'redisLocking.cluster', 'a list of at least one URL'],
    [() => redisLocking({ sentinel: { name: 'm' } } as Wrong), 'redisLocking.sentinel.urls', 'is missing'],
    [
      () => redisLocking({ url: 'rediss://x', tls: { cert: 'x', rejectUnautorized: false } } as Wrong),
      'redisLocking.tls.rejectUnautorized',
      'did you mean rejectUnauthorized?',
    ],
    [
      () => redisLocking({ url: 'redis://x', driver: 'node-redis' } as Wrong),
      'redisLocking.driver',
      '"redis" or "ioredis"',
    ],
  ])('are refused, case %#', (describeIt, option, text) => {
    expect(describeIt).toThrow(refusal(option, text));
  });

  test.each([
    { url: `redis://me:secret@host/${'x'.repeat(5_000)}` },
    { cluster: 'redis://me:secret@host' },
    { cluster: [`redis://me:secret@host/${'x'.repeat(5_000)}`] },
    { sentinel: 'redis://me:secret@host' },
    { sentinel: { name: 'm', urls: ['redis://host'], password: 'secret'.repeat(1_000) } },
    { url: 'rediss://host', tls: 'secret' },
    'redis://me:secret@host',
  ])('never show a password, case %#', (options) => {
    expect(() => redisLocking(options as Wrong)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });
});

describe('options with several mistakes', () => {
  test('are refused with all of them at once', async () => {
    const options = { plugin: [], pool: { maxThreads: 0, threads: 2 }, logger: false } as unknown as SchedulerOptions;
    const problems = [
      'Option "pool.maxThreads" is invalid: it must be a whole number from 1 to 1024, not 0.',
      'Option "pool.threads" is unknown: did you mean maxThreads?',
      'Option "logger" is invalid: it must be an object such as { level: "silent" }, not false.',
      'Option "plugin" is unknown: did you mean plugins?',
    ];
    await expect(createScheduler(options)).rejects.toMatchObject({
      option: 'pool.maxThreads',
      problems,
      message: problems.join('\n'),
    });
  });

  test('never show a password that stands in the place of an object', async () => {
    const options = { locking: 'redis://me:secret@host', store: 'postgres://me:secret@host' } as Wrong;
    await expect(createScheduler(options)).rejects.toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });
});

describe('the arguments of nextOccurrences', () => {
  test.each<[unknown[], string, string]>([
    [[5], 'expression', 'not 5'],
    [['* '.repeat(1_000_000)], 'expression', 'of 1 to 1,000 characters'],
    [['1s', null], 'options', 'an object with timezone, from, count, not null'],
    [['1s', { from: 'tomorrow' }], 'from', 'a valid Date or epoch milliseconds, not "tomorrow"'],
    [['1s', { from: new Date(Number.NaN) }], 'from', 'a valid Date or epoch milliseconds'],
    [['1s', { from: 1e300 }], 'from', 'a valid Date or epoch milliseconds'],
    [['1s', { form: 1 }], 'form', 'did you mean from?'],
    [['1s', { timezone: 5 }], 'timezone', 'an IANA zone, not 5'],
    [['1s', { count: 0 }], 'count', 'a whole number from 1 to 10000, not 0'],
  ])('are refused, case %#', (given, option, text) => {
    expect(() => (nextOccurrences as Wrong)(...given)).toThrow(refusal(option, text));
  });

  test('may be a Date', () => {
    expect(nextOccurrences('1m', { from: new Date('2026-01-01T00:00:30Z') })).toEqual([
      Date.parse('2026-01-01T00:01:00Z'),
    ]);
  });
});

describe('the arguments of a method', () => {
  const KEYED = ['trigger', 'resume', 'pause', 'setPosition', 'reload', 'uninstall', 'install'] as const;
  const open = async (): Promise<Scheduler> => {
    const scheduler = await createScheduler({});
    onTestFinished(async () => void (await scheduler.stop()));
    return scheduler;
  };

  // They are checked before anything else, so no thread is needed to see it.
  test.each(KEYED)('of %s are refused unless they are text of a sensible length', async (method) => {
    const scheduler = await open();
    for (const given of [null, undefined, 5, '', {}, Symbol('x'), 'x'.repeat(10_000)]) {
      await expect((scheduler[method] as Wrong)(given)).rejects.toMatchObject({
        code: 'ERR_ESCAPEMENT_INVALID_OPTION',
      });
    }
  });

  test.each<[string, unknown[], string, string]>([
    ['pause', ['p/s', null], 'options', 'an object with note, not null'],
    ['pause', ['p/s', 'why'], 'options', 'an object with note, not "why"'],
    ['pause', ['p/s', { note: 5 }], 'note', 'a string, not 5'],
    ['pause', ['p/s', { note: 'x'.repeat(50_000_000) }], 'note', 'a string of up to 1,000 characters'],
    ['explain', ['p/s', 1e300], 'at', 'a valid Date or epoch milliseconds, not 1e+300'],
    ['explain', ['p/s', new Date(Number.NaN)], 'at', 'a valid Date'],
    ['explain', ['p/s', null], 'at', 'a valid Date or epoch milliseconds, not null'],
    ['explain', ['p/s'], 'at', 'not undefined'],
    ['explain', [null, 5], 'key', 'the key of a schedule'],
    ['setPosition', ['p/s'], 'at', 'a valid Date or epoch milliseconds, not undefined'],
    ['setPosition', ['p/s', '2026-01-01'], 'at', 'a valid Date or epoch milliseconds, not "2026-01-01"'],
    ['history', [null], 'query', 'not null'],
    ['history', [{ limit: -1 }], 'limit', 'a whole number from 0 to 1000000, not -1'],
    ['history', [{ keys: 'p/s' }], 'keys', 'did you mean key?'],
    ['history', [{ since: 'yesterday' }], 'since', 'epoch milliseconds, not "yesterday"'],
    ['history', [{ until: Number.POSITIVE_INFINITY }], 'until', 'epoch milliseconds, not Infinity'],
    ['history', [{ outcome: 'failled' }], 'outcome', '"failed", '],
    ['history', [{ withLog: 1 }], 'withLog', 'true or false, not 1'],
    ['install', [{ module: 'x', options: { f() {} } }], 'options', 'it must be JSON, but f is a function'],
  ])('of %s are refused', async (method, given, option, text) => {
    const scheduler = await open();
    await expect((scheduler as Wrong)[method](...given)).rejects.toEqual(refusal(option, text));
  });
});
