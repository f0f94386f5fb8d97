import { baseOf, locateModule } from '../../host/locate-module.ts';
import {
  EscapementError,
  type Manifest,
  NotRunningError,
  type PluginOption,
  type ReloadReport,
  type Scheduler,
  type SchedulerOptions,
  SupervisorDiedError,
} from '../../index.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { counted } from '../output/counted.ts';
import { shownPath } from '../output/module-path.ts';
import { reloadLines } from '../output/reload-report.ts';
import type { Terminal } from '../output/terminal.ts';
import { PluginWatch } from './plugin-watch.ts';

/** A plugin of the configuration. */
interface Configured {
  readonly option: PluginOption;
  readonly module: string;
  /** Tenant and site. */
  readonly place: string;
}

/** What a change asks for: the reload of a plugin, or the installation of one that was refused. */
interface Step {
  readonly name: string;
  /** What holds when it is refused. */
  readonly otherwise: string;
  /** Whether its own files have changed. Otherwise it is tried because others have, and its refusal is no news. */
  readonly isAsked: boolean;
  readonly take: () => Promise<void>;
}

/** How long the end waits for a reload. */
const LAST_RELOAD_MS = 2_000;

export interface HotReloadTerms {
  readonly terminal: Terminal;
  /** Files whose changes concern no plugin. */
  readonly unwatched: readonly string[];
}

/** Reloads plugins whose files change and installs those that were refused, and says what came of it. */
export class HotReload {
  readonly #scheduler: Scheduler;
  readonly #terminal: Terminal;
  readonly #unwatched: readonly string[];
  readonly #plugins: readonly Configured[];
  #watch: PluginWatch | null = null;
  readonly #started = Promise.withResolvers<void>();
  #work: Promise<void> = this.#started.promise;
  #isWaiting = false;
  #isClosed = false;

  /** @param options What the scheduler was made of. */
  constructor(
    scheduler: Scheduler,
    { plugins = [], baseUrl }: SchedulerOptions,
    { terminal, unwatched }: HotReloadTerms,
  ) {
    this.#scheduler = scheduler;
    this.#terminal = terminal;
    this.#unwatched = unwatched;
    this.#plugins = plugins.map((option) => {
      const install = typeof option === 'string' ? { module: option } : option;
      const module = locateModule(install.module, baseOf(baseUrl), 'plugins');
      return { option, module, place: placeText(install) };
    });
  }

  /**
   * Watches the files from now on, and keeps what changes for `start()`. Call it before the plugins are loaded, so that
   * no change gets lost in between.
   */
  watch(): void {
    const modules = this.#plugins.map(({ module }) => module);
    this.#watch = new PluginWatch(modules, this.#unwatched, {
      changed: (changed, files) => {
        this.#work = this.#work.then(() => this.#followFiles(changed, files));
      },
      lost: (folder, reason) => this.#warn(`cannot watch ${folder}: ${reason}; trying again`),
      found: (folder) => this.#terminal.notice(`escapement: watching ${folder} again`),
    });
  }

  /** Follows what has changed and what will. To be called when the scheduler has started. */
  start(): void {
    if (this.#watch === null) this.watch();
    this.#terminal.notice(`escapement: watching ${counted(this.#watch?.folderCount ?? 0, 'folder')} of plugins`);
    this.#started.resolve();
  }

  /**
   * Nothing more is followed or said. Resolves when the reload that is under way has ended, because a stop in the middle
   * of one may kill a run that is about to end. A plugin that takes long to load is not waited for.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.close();
    this.#started.resolve();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_RELOAD_MS);
    });
    await Promise.race([this.#work, limit]);
    clearTimeout(timer);
  }

  async #followFiles(modules: readonly string[], files: readonly string[]): Promise<void> {
    if (this.#isClosed) return;
    if (!this.#isWaiting) this.#say(`escapement: changed ${files.map(shownPath).join(', ')}`);
    await this.#follow(modules);
  }

  /** While the supervisor thread is restarted, nothing can be changed. The changes wait until it is there. */
  async #follow(modules: readonly string[]): Promise<void> {
    if (this.#isClosed) return;
    try {
      const { plugins } = await this.#scheduler.manifest();
      await this.#takeAll([...this.#reloads(modules, plugins), ...this.#installs(modules, plugins)]);
      this.#isWaiting = false;
    } catch (error) {
      if (this.#isClosed) return;
      if (!this.#isWaiting) this.#warn(`cannot change plugins: ${reasonOf(error)}; trying again`);
      this.#isWaiting = true;
      this.#watch?.repeat(modules);
    }
  }

  /** What is refused may need what a later step brings, so it is tried again as long as any step succeeds. */
  async #takeAll(steps: readonly Step[]): Promise<void> {
    let [left, isNews] = [steps, true];
    const refusals = new Map<Step, unknown>();
    while (isNews) {
      refusals.clear();
      for (const step of left) {
        if (this.#isClosed) return;
        const refusal = await step.take().then(() => null, refusalOf);
        if (refusal !== null) refusals.set(step, refusal.error);
      }
      isNews = refusals.size > 0 && refusals.size < left.length;
      left = [...refusals.keys()];
    }
    for (const [step, error] of refusals) if (step.isAsked) this.#refused(step, error);
  }

  #reloads(modules: readonly string[], installed: Manifest['plugins']): Step[] {
    const names = new Set(installed.filter(({ module }) => modules.includes(module)).map(({ name }) => name));
    return [...names].map((name) => ({
      name,
      otherwise: 'the old version goes on',
      isAsked: true,
      take: async () => this.#reloaded(name, await this.#scheduler.reload(name)),
    }));
  }

  #installs(modules: readonly string[], installed: Manifest['plugins']): Step[] {
    const present = new Set(installed.map((plugin) => `${plugin.module} ${placeText(plugin)}`));
    const missing = this.#plugins.filter(({ module, place }) => !present.has(`${module} ${place}`));
    return missing.map(({ option, module }) => ({
      name: module,
      otherwise: 'it is not installed',
      isAsked: modules.includes(module),
      take: async () => this.#installed(module, await this.#scheduler.install(option)),
    }));
  }

  #reloaded(name: string, report: ReloadReport): void {
    const { summary, lines } = reloadLines(report);
    this.#say(`escapement: ${this.#terminal.paintNotice('green', 'reloaded')} ${name}: ${summary}`);
    for (const line of lines) this.#say(`  ${line}`);
  }

  #installed(module: string, keys: readonly string[]): void {
    const label = this.#terminal.paintNotice('green', 'installed');
    this.#say(`escapement: ${label} ${module}: ${counted(keys.length, 'schedule')}`);
    for (const key of keys) this.#say(`  added ${key}`);
  }

  #refused({ name, otherwise }: Step, error: unknown): void {
    this.#say(`escapement: ${this.#terminal.paintNotice('yellow', 'refused')} ${name}: ${otherwise}`);
    const text = error instanceof EscapementError ? error.message : reasonOf(error);
    for (const line of text.split('\n')) this.#say(`  ${line}`);
  }

  #warn(text: string): void {
    this.#say(`escapement: ${this.#terminal.paintNotice('yellow', 'warning')}: ${text}`);
  }

  #say(line: string): void {
    if (!this.#isClosed) this.#terminal.notice(line);
  }
}

/** Why a plugin was refused. @throws SupervisorDiedError @throws NotRunningError which say nothing about the plugin */
function refusalOf(error: unknown): { readonly error: unknown } {
  if (error instanceof SupervisorDiedError || error instanceof NotRunningError) throw error;
  return { error };
}

function placeText({ tenantId, siteId }: { readonly tenantId?: string; readonly siteId?: string }): string {
  return JSON.stringify([tenantId, siteId]);
}
