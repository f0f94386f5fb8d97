/** Too much of what a run may do: lines, progress, calls of the host, and huge messages. */
import { runs } from '../plugin-text.ts';
import { FAILED, type Scenario, SUCCEEDED } from '../scenario.ts';

const MAX_MB = 1_300;
const echo: NonNullable<Scenario['options']> = () => ({
  hostFunctions: { echo: (value) => value ?? null, mute: () => new Promise(() => {}) },
});

function floods(name: string, body: string, changed: Partial<Scenario> = {}): Scenario {
  return {
    name,
    plugin: runs(body, { budget: { wallMs: 12_000 } }),
    expect: { outcomes: SUCCEEDED, maxResidentMb: MAX_MB },
    options: echo,
    settleMs: 20_000,
    ...changed,
  };
}

const LINES: readonly Scenario[] = [
  floods('a-million-lines', "for (let i = 0; i < 1e6; i += 1) ctx.log.info('line');"),
  floods('a-million-console-lines', "for (let i = 0; i < 1e6; i += 1) console.log('line');"),
  floods('a-line-without-end', "for (let i = 0; i < 2e5; i += 1) process.stdout.write('x'.repeat(1_000));"),
  floods('a-message-of-400-mb', "ctx.log.info('x'.repeat(4e8));"),
  floods('fields-with-ten-million-numbers', 'ctx.log.info({ a: new Array(1e7).fill(1) });', {
    // The list itself is 80 MB, and may be too much with its copy.
    expect: { outcomes: ['succeeded', 'out-of-memory'] },
  }),
  floods(
    'fields-with-a-million-keys',
    "const o = {}; for (let i = 0; i < 1e6; i += 1) o['k' + i] = i; ctx.log.info(o);",
  ),
  floods(
    'fields-that-double',
    'let o = { a: 1 }; for (let i = 0; i < 40; i += 1) o = { a: o, b: o }; ctx.log.info(o);',
  ),
  floods('fields-of-a-circle', 'const o = {}; o.o = o; o.list = [o, o]; ctx.log.info(o); ctx.log.info([o]);'),
  floods(
    'fields-that-trap',
    'ctx.log.info(new Proxy({}, { ownKeys() { throw 1; }, get() { throw 2; } })); ctx.log.info({ get x() { for (;;); } });',
  ),
  floods(
    'fields-that-serialize',
    'ctx.log.info({ toJSON() { throw 1; } }); ctx.log.info({ a: { toJSON() { for (;;); } } });',
  ),
  floods(
    'fields-of-wrong-kinds',
    'for (const x of [null, undefined, 5, Symbol(), 1n, () => {}, [], new Map()]) { ctx.log.info(x); ctx.log.info({ x }, x); }',
  ),
  floods('a-buffer-of-100-mb-to-stdout', 'process.stdout.write(Buffer.alloc(1e8, 120));'),
  floods(
    'console-of-huge-things',
    'console.log(new Array(1e6).fill({ a: { b: { c: 1 } } })); console.table(new Array(1e4).fill([1, 2]));',
    {
      expect: { outcomes: ['succeeded', 'timed-out', 'out-of-memory'] },
    },
  ),
  floods('console-of-a-trap', "console.log(new Proxy({}, { get() { throw new Error('trap'); } }));", {
    expect: { outcomes: ['succeeded', 'failed'] },
  }),
  floods(
    'control-characters',
    "ctx.log.info('\\u001b]0;x\\u0007\\u001b[2J\\u202e\\ud800\\u0000'); console.error('\\u0000\\u009b');",
  ),
];

const PROGRESS: readonly Scenario[] = [
  floods('a-million-reports', 'for (let i = 0; i < 1e6; i += 1) ctx.progress(i / 1e6);'),
  floods('a-million-completions', 'for (let i = 0; i < 1e6; i += 1) ctx.progress(1);'),
  floods(
    'reports-of-wrong-kinds',
    'for (const x of [NaN, -1, 1e300, "x", null, {}, 1n, Symbol()]) ctx.progress(x, x);',
  ),
  floods('a-note-of-400-mb', "ctx.progress(0.5, 'x'.repeat(4e8));"),
];

const CALLS: readonly Scenario[] = [
  floods('a-thousand-unanswered-calls', 'for (let i = 0; i < 1_000; i += 1) void ctx.host.mute().catch(() => {});', {
    drive: async (bench) => {
      if (!(await bench.install())) return;
      for (let time = 0; time < 4; time += 1) await bench.run();
      const calls = runs("if ((await ctx.host.echo(7)) !== 7) throw new Error('not 7');").replace(
        "name: 'hostile'",
        "name: 'caller'",
      );
      if (!(await bench.install(calls))) return;
      for (let time = 0; time < 4; time += 1) {
        const outcome = await bench.run('caller/h');
        if (outcome !== 'succeeded') bench.problem(`a call of another plugin then ended as ${outcome}`);
      }
    },
  }),
  floods('a-hundred-thousand-calls', 'for (let i = 0; i < 1e5; i += 1) void ctx.host.echo(i).catch(() => {});'),
  floods('calls-one-after-another', 'for (let i = 0; i < 5_000; i += 1) await ctx.host.echo(i);'),
  floods(
    'twenty-five-calls-of-60-mb',
    'for (let i = 0; i < 25; i += 1) void ctx.host.echo(Buffer.alloc(6e7, 1)).catch(() => {});',
    {
      expect: { outcomes: ['succeeded', 'failed', 'out-of-memory'], maxResidentMb: MAX_MB },
    },
  ),
  floods(
    'twenty-calls-with-texts-of-60-mb',
    "for (let i = 0; i < 20; i += 1) void ctx.host.echo('x'.repeat(6e7) + i).catch(() => {});",
    {
      expect: { outcomes: ['succeeded', 'failed', 'out-of-memory'], maxResidentMb: MAX_MB },
    },
  ),
  floods('a-call-of-2-mb', "await ctx.host.echo('x'.repeat(2e6));", { expect: { outcomes: FAILED } }),
  floods('a-call-with-a-million-arguments', 'await ctx.host.echo(...new Array(1e5).fill(1));'),
  floods(
    'calls-of-no-function',
    "await ctx.host.nothing?.(); await ctx.host['__proto__']?.call?.(); await ctx.host.constructor?.();",
  ),
  floods('calls-with-what-is-no-data', 'await ctx.host.echo(() => {});', { expect: { outcomes: FAILED } }),
  floods('calls-with-a-circle', 'const o = {}; o.o = o; await ctx.host.echo(o);', { expect: { outcomes: 'any' } }),
  floods('calls-with-shared-memory', 'const b = new SharedArrayBuffer(8); await ctx.host.echo(new Uint8Array(b));', {
    expect: { outcomes: 'any' },
  }),
  floods(
    'calls-of-deep-nesting',
    'let deep = []; for (let i = 0; i < 2e4; i += 1) deep = [deep]; await ctx.host.echo(deep);',
    { expect: { outcomes: 'any' } },
  ),
  floods('a-call-at-the-end', "setTimeout(() => ctx.host.echo('late').catch(() => {}), 50);", { times: 5 }),
];

export const FLOODS: readonly Scenario[] = [...LINES, ...PROGRESS, ...CALLS];
