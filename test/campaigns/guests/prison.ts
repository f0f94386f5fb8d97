/**
 * A scheduler with a victim, whose tenant keeps a secret, and a neighbour, which has to go on. Hostile guests are
 * installed for another tenant, one after the other, run once, and are removed.
 */
import { createScheduler, type PluginOption, type RunRecord, type Scheduler, withCaller } from '../../../src/index.ts';
import { FREE_AT, GuestFolder, type GuestText, text } from '../../support/guest-text.ts';
import type { Attack, Grant } from './attack.ts';
import { Decoys } from './decoys.ts';

const TENANT = { tenantId: 'evil' };
const BUDGET = { fuel: 3_000_000, wallMs: 20_000 };
const OUTCOMES_OF_THE_WALL = ['timed-out', 'crashed', 'out-of-memory'];

/** What became of an attack. */
export interface Finding {
  readonly attack: Attack;
  /** `refused` when it was installed, or the outcome of its run. */
  readonly end: string;
  /** How it has succeeded, one clause each. */
  readonly breaches: readonly string[];
  /** What it was told, when it was not granted something. */
  readonly said: string;
}

export class Prison implements AsyncDisposable {
  readonly #secret: string;
  readonly #decoys: Decoys;
  readonly #folder = new GuestFolder();
  readonly #scheduler: Scheduler;
  /** Functions of the host that were called and not granted, or by another caller than they say. */
  readonly #called: string[];
  #replacedCount = 0;

  private constructor(parts: { secret: string; decoys: Decoys; scheduler: Scheduler; called: string[] }) {
    this.#secret = parts.secret;
    this.#decoys = parts.decoys;
    this.#scheduler = parts.scheduler;
    this.#called = parts.called;
  }

  static async open(): Promise<Prison> {
    const secret = `secret-${crypto.randomUUID()}`;
    const decoys = await Decoys.open(secret);
    const called: string[] = [];
    const scheduler = await createScheduler({
      pool: { maxThreads: 2, niceIncrement: 0 },
      budget: BUDGET,
      logger: { level: 'silent' },
      hostFunctions: {
        count: withCaller(async (_, { tenantId }) => {
          if (tenantId !== TENANT.tenantId) called.push(`"count" as a run of tenant ${tenantId}`);
          return 1;
        }),
        secret: async () => {
          called.push('"secret"');
          return secret;
        },
      },
    });
    await scheduler.start();
    const prison = new Prison({ secret, decoys, scheduler, called });
    await prison.#settle();
    return prison;
  }

  /** Installs the guest, runs it once, and looks at what it has reached. */
  async try(attack: Attack): Promise<Finding> {
    const { end, run } = await this.#ended(attack);
    const lines = run === null ? [] : await this.#linesOf(run);
    const breaches = [
      ...(attack.isRefused === true && run !== null ? ['it was installed'] : []),
      ...(OUTCOMES_OF_THE_WALL.includes(end) ? [`it cost its thread (${end})`] : []),
      ...(JSON.stringify([lines, run?.error ?? null]).includes(this.#secret) ? ['it has the secret'] : []),
      ...lines
        .filter(({ level, message }) => level === 'info' && attack.harmless?.test(message) !== true)
        .map(({ message }) => `it was answered ${message.slice(0, 200)}`),
      ...this.#decoys.take().map((what) => `it reached ${what}`),
      ...this.#called.splice(0).map((what) => `it called ${what}`),
      ...(await this.#harm()),
    ];
    const said = lines.find(({ level }) => level === 'warn')?.message ?? run?.error?.message ?? end;
    return { attack, end, breaches: breaches.slice(0, 5), said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scheduler.stop({ drainMs: 0 });
    await this.#decoys[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  /** The victim keeps its secret in its own space, and in one that it shares with the other plugins of its tenant. */
  async #settle(): Promise<void> {
    const value = JSON.stringify(this.#secret);
    const keep = [`[null,"secret",${value}]`, `["shared","secret",${value}]`];
    const victim: GuestText = {
      name: 'victim',
      schedules: [
        { id: 'keeps', cron: '1d' },
        { id: 'tells', cron: '1d' },
      ],
      imports: `(import "extism:host/user" "kv_set" (func $set (param i64) (result i64)))
        (import "extism:host/user" "kv_get" (func $get (param i64) (result i64)))`,
      more: [...keep, '[null,"secret"]', '["shared","secret"]'].map((args, index) => at(index, args).data).join(' '),
      // An input is as long as its run id and its schedule id say: "keeps" and "tells" differ in their first letter.
      run: `(if (i32.eq (call $input_load_u8 (i64.const 16)) (i32.const 107))
          (then ${keep.map((args, index) => `(drop (call $set ${at(index, args).put}))`).join(' ')})
          (else (call $log_info (call $get ${at(2, '[null,"secret"]').put}))
            (call $log_info (call $get ${at(3, '["shared","secret"]').put}))))
        (i32.const 0)`,
    };
    const permissions = { kvNamespaces: ['shared'] };
    const module = this.#folder.add(victim);
    await this.#scheduler.install({ module, tenantId: 'acme', permissions, options: { secret: this.#secret } });
    await this.#scheduler.install({ module: this.#folder.add({ name: 'neighbour' }), ...TENANT });
    await this.#triggered('victim@acme/keeps');
    const harm = await this.#harm();
    if (harm.length > 0) throw new Error(`the campaign cannot begin: ${harm.join(', ')}`);
  }

  async #ended({ guest, grant }: Attack): Promise<{ readonly end: string; readonly run: RunRecord | null }> {
    const { around } = this.#decoys;
    const module = this.#folder.add(guest(around));
    const plugin: PluginOption = { module, ...TENANT, permissions: this.#permissions(grant) };
    try {
      const [key = ''] = await this.#scheduler.install(plugin);
      const run = await this.#triggered(key);
      await this.#scheduler.uninstall(key.slice(0, key.indexOf('@')));
      return { end: run.outcome, run };
    } catch (error) {
      return { end: `refused: ${(error as Error).message}`, run: null };
    }
  }

  #permissions(grant: Grant) {
    const { port, openFolder } = this.#decoys.around;
    const memoryPages = 64;
    if (grant === 'nothing') return { memoryPages, storageQuotaKb: 64 };
    return {
      memoryPages,
      allowedUrls: [`http://127.0.0.1:${port}/allowed/`],
      maxFetchPerMinute: 10_000,
      kvNamespaces: ['shared'],
      allowedPaths: [openFolder],
      hostFunctions: ['count'],
    };
  }

  /** What the last attack has done to others. */
  async #harm(): Promise<string[]> {
    const [neighbour, victim] = [await this.#triggered('neighbour@evil/s'), await this.#triggered('victim@acme/tells')];
    const kept = (await this.#linesOf(victim)).map(({ message }) => message);
    const { pool } = await this.#scheduler.stats();
    const replaced = pool.threadsReplaced + pool.quarantined - this.#replacedCount;
    this.#replacedCount += replaced;
    return [
      ...(neighbour.outcome === 'succeeded' ? [] : [`its neighbour ended as ${neighbour.outcome}`]),
      ...(kept.every((message) => message === JSON.stringify(this.#secret)) && kept.length === 2
        ? []
        : [`it changed what the victim keeps: ${kept.join(', ')}`]),
      ...(replaced === 0 ? [] : [`it cost ${replaced} threads`]),
    ];
  }

  async #triggered(key: string): Promise<RunRecord> {
    const ended = new Promise<RunRecord>((resolve) => {
      const listen = (run: RunRecord): void => {
        if (run.key !== key) return;
        this.#scheduler.off('run', listen);
        resolve(run);
      };
      this.#scheduler.on('run', listen);
    });
    await this.#scheduler.trigger(key);
    return await ended;
  }

  async #linesOf({ runId }: RunRecord) {
    const [record] = await this.#scheduler.history({ runId, withLog: true });
    return record?.log ?? [];
  }
}

/** Texts one after the other, far enough apart. */
function at(index: number, content: string): ReturnType<typeof text> {
  return text(FREE_AT + index * 512, content);
}
