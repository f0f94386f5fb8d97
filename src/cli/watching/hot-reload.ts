import { EscapementError, type ReloadReport, type Scheduler } from '../../index.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { counted } from '../output/counted.ts';
import type { Terminal } from '../output/terminal.ts';
import { PluginWatch } from './plugin-watch.ts';

/** Reloads plugins whose files change, one after the other, and says what came of it. */
export class HotReload {
  readonly #scheduler: Scheduler;
  readonly #terminal: Terminal;
  #watch: PluginWatch | null = null;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(scheduler: Scheduler, terminal: Terminal) {
    this.#scheduler = scheduler;
    this.#terminal = terminal;
  }

  async start(): Promise<void> {
    await this.#watchAgain();
    const count = this.#watch?.folders.length ?? 0;
    this.#terminal.notice(`escapement: watching ${counted(count, 'folder')} of plugins`);
  }

  /** A reload that is under way goes on, and says nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.close();
  }

  /** Installed plugins may have other names than before. */
  async #watchAgain(): Promise<void> {
    const { plugins } = await this.#scheduler.manifest();
    if (this.#isClosed) return;
    this.#watch?.close();
    this.#watch = new PluginWatch(plugins, (names) => {
      // It rejects only when the scheduler has ended meanwhile.
      this.#work = this.#work.then(() => this.#reloadAll(names)).catch(() => this.close());
    });
  }

  async #reloadAll(names: readonly string[]): Promise<void> {
    const before = await this.#names();
    for (const name of names) if (!this.#isClosed) await this.#reload(name);
    if (this.#isClosed || (await this.#names()) === before) return;
    await this.#watchAgain();
  }

  async #names(): Promise<string> {
    if (this.#isClosed) return '';
    const { plugins } = await this.#scheduler.manifest();
    return JSON.stringify(plugins.map(({ name, module }) => [name, module]));
  }

  async #reload(name: string): Promise<void> {
    const result = await this.#scheduler.reload(name).catch((error: unknown) => ({ error }));
    if (this.#isClosed) return;
    if ('error' in result) this.#refused(name, result.error);
    else this.#reloaded(name, result);
  }

  #reloaded(name: string, { added, removed, changed, unchanged }: ReloadReport): void {
    const counts = Object.entries({ added, removed, changed, unchanged }).filter(([, keys]) => keys.length > 0);
    const text = counts.map(([what, keys]) => `${keys.length} ${what}`).join(', ') || 'it has no schedules';
    this.#terminal.notice(`escapement: ${this.#terminal.paintNotice('green', 'reloaded')} ${name}: ${text}`);
    for (const key of added) this.#terminal.notice(`  added ${key}`);
    for (const key of removed) this.#terminal.notice(`  removed ${key}`);
    for (const { key, why } of changed) this.#terminal.notice(`  changed ${key}: ${why}`);
  }

  #refused(name: string, error: unknown): void {
    const label = this.#terminal.paintNotice('yellow', 'refused');
    this.#terminal.notice(`escapement: ${label} ${name}: the old version goes on`);
    const text = error instanceof EscapementError ? error.message : reasonOf(error);
    for (const line of text.split('\n')) this.#terminal.notice(`  ${line}`);
  }
}
