/**
 * What the types of the plugin contract must say. `npm run check:types` compiles this file, and an expected error that does
 * not come is one. Nothing here is run.
 */
import * as v from 'valibot';
import { z } from 'zod';
import { definePlugin, type JsonValue, type PluginInstall, type ScheduledPlugin } from '../../src/plugin.ts';
import { createVirtualScheduler } from '../../src/testing/index.ts';

/** Takes a value of exactly this type. */
function exactly<Expected>() {
  return <Given>(_: Given, ..._same: Same<Expected, Given> extends true ? [] : [never]): void => {};
}
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

interface Config {
  readonly path: string;
}

interface Options {
  readonly region: 'eu' | 'us';
}

/** As the host may declare its functions: not all of them answer with a promise. */
interface Host {
  'mail.send'(to: string, text: string): Promise<void>;
  connectionCount(): number;
}

export const untyped = definePlugin({
  name: 'untyped',
  schedules: () => [{ id: 'a', cron: '1h', missedRunPolicy: 'skip', config: { path: 'a' } }],
  async run(ctx) {
    exactly<JsonValue | null>()(ctx.config);
    exactly<JsonValue | undefined>()(await ctx.host['anything']?.(1));
    // @ts-expect-error: without types, the host may not have the function.
    await ctx.host['anything'](1);
  },
});

export const typed = definePlugin<Config, Options, Host>((install) => {
  exactly<'eu' | 'us'>()(install.options.region);
  return {
    name: 'typed',
    schedules: () => [{ id: 'a', cron: '1h', config: { path: 'a' } }],
    async run(ctx) {
      exactly<string>()(ctx.config.path);
      exactly<number>()(await ctx.host.connectionCount());
      exactly<void>()(await ctx.host['mail.send']('sales', 'text'));
      exactly<JsonValue | null>()(await ctx.host.kv.get('key'));
      // @ts-expect-error: the text is missing.
      await ctx.host['mail.send']('sales');
      // @ts-expect-error: there is no such function.
      await ctx.host.reboot();
    },
  };
});

// @ts-expect-error: a number is no path.
export const wrongConfig = definePlugin<Config, Options>(() => ({
  name: 'wrong-config',
  schedules: () => [{ id: 'a', cron: '1h', config: { path: 1 } }],
  run: () => {},
}));

export const wrongPolicy = definePlugin<Config>({
  name: 'wrong-policy',
  // @ts-expect-error: there is no such policy.
  schedules: () => [{ id: 'a', cron: '1h', missedRunPolicy: 'run-some' }],
  run: () => {},
});

export const typedObject = definePlugin<Config>({
  name: 'typed-object',
  schedules: () => [{ id: 'a', cron: '1h', config: { path: 'a' }, missedRunPolicy: 'skip' }],
  run: (ctx) => exactly<Config>()(ctx.config),
});

export const inferredFromZod = definePlugin({
  name: 'zod',
  // Also when it stands before the schema.
  run(ctx) {
    exactly<string>()(ctx.config.path);
    exactly<number>()(ctx.config.copies);
  },
  config: z.object({ path: z.string(), copies: z.number().default(1) }),
  // What has a default may be left out.
  schedules: () => [{ id: 'a', cron: '1h', config: { path: 'a' } }],
});

export const inferredFromValibot = definePlugin({
  name: 'valibot',
  config: v.optionalAsync(v.objectAsync({ day: v.pipe(v.string(), v.transform(Date.parse)) })),
  schedules: async () => [
    { id: 'a', cron: '1h', config: { day: '2026-01-01' } },
    { id: 'b', cron: '1h' },
  ],
  run(ctx) {
    // JSON has no undefined.
    exactly<null>()(ctx.config === null ? ctx.config : null);
    exactly<number | undefined>()(ctx.config?.day);
  },
});

export const inferredByFactory = definePlugin(
  { config: z.object({ count: z.number() }), options: v.object({ since: v.pipe(v.string(), v.toDate()) }) },
  (install) => ({
    name: 'factory',
    schedules: () => [{ id: 'a', cron: '1h', config: { count: install.options.since.getTime() } }],
    run(ctx) {
      exactly<number>()(ctx.config.count);
      exactly<Date>()(install.options.since);
    },
  }),
);

/** In the plugin that a factory returns: what the factory is given needs a type, or the factory takes nothing. */
export const inferredFromReturned = [
  definePlugin(() => ({
    name: 'returned',
    config: z.object({ count: z.number() }),
    schedules: () => [{ id: 'a', cron: '1h', config: { count: 1 } }],
    run: (ctx) => exactly<number>()(ctx.config.count),
  })),
  definePlugin(async (install: PluginInstall) => ({
    name: install.module,
    config: z.object({ count: z.number() }),
    schedules: () => [{ id: 'a', cron: '1h', config: { count: 1 } }],
    run: (ctx) => exactly<number>()(ctx.config.count),
  })),
  definePlugin((install: PluginInstall<Options>) => ({
    name: install.options.region,
    run: (ctx) => exactly<number>()(ctx.config.count),
    config: z.object({ count: z.number() }),
    schedules: () => [{ id: 'a', cron: '1h', config: { count: 1 } }],
  })),
];

/**
 * Otherwise the compiler decides what `ctx` is before it looks at the schema: see docs/plugins.md. If this fails, it has
 * learned better, and the page can say less.
 */
export const notInferredFromReturned = definePlugin((install) => ({
  name: install.module,
  config: z.object({ count: z.number() }),
  schedules: () => [{ id: 'a', cron: '1h', config: { count: 1 } }],
  // @ts-expect-error: nothing is known of the config.
  run: (ctx) => ctx.config.count,
}));

export const wrongByFactory = definePlugin({ options: v.object({ since: v.date() }) }, (install) => ({
  // @ts-expect-error: a date is no name.
  name: install.options.since,
  schedules: () => [],
  run: () => {},
}));

// @ts-expect-error: a plugin has a name.
export const nameless = definePlugin({ schedules: () => [], run: () => {} });

export const lean = { name: 'lean', schedules: () => [], run: () => {} } satisfies ScheduledPlugin;

/** What was defined can be called, as a unit test does. */
export const called = [typedObject.run, typed({ module: 'typed', options: { region: 'eu' } }), lean.run];

/** A test takes plugins of every type, and gives its own types to those that are written in it. */
export const tested = () =>
  createVirtualScheduler({
    plugins: [
      typed,
      { plugin: typedObject },
      inferredFromZod,
      { plugin: inferredByFactory, options: { since: '2026-01-01' } },
      { name: 'inline', schedules: () => [], run: (ctx) => exactly<JsonValue | null>()(ctx.config) },
      (install) => ({ name: `${install.module}`, schedules: () => [], run: () => {} }),
    ],
  });
