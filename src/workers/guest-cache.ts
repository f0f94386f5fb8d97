import timers from 'node:timers';
import { errorRecord } from '../wire/error-record.ts';
import type { CleanupFailure } from '../wire/failures/cleanup-failure.ts';
import type { Guest, OpenGuest } from './guest.ts';
import type { SupervisorPort } from './ports/supervisor-port.ts';
import type { PluginSource } from './protocol.ts';
import type { LookOver } from './realm/look-over.ts';
import { threadCpuMs } from './thread-clock.ts';

/** Taken before a plugin is loaded, which may change it. */
const { setImmediate } = timers;

/** The guests of this thread. Each is opened when it is first needed; if that fails, the next task tries again. */
export class GuestCache {
  readonly #open: OpenGuest;
  readonly #guests = new Map<string, Guest>();

  constructor(open: OpenGuest) {
    this.#open = open;
  }

  has(source: PluginSource): boolean {
    return this.#guests.has(source.id);
  }

  /** The guest, if it is open. */
  known(source: PluginSource): Guest | undefined {
    return this.#guests.get(source.id);
  }

  /** Called by one task at a time. Rejects with a `PluginLoadError`. */
  async get(source: PluginSource): Promise<Guest> {
    const known = this.known(source);
    if (known !== undefined) return known;
    const guest = await this.#open(source);
    this.#guests.set(source.id, guest);
    return guest;
  }

  /** Forgets a sealed guest and cleans it up. Resolves to what failed. */
  async unload(sourceId: string): Promise<CleanupFailure[]> {
    const guest = this.#guests.get(sourceId);
    if (guest?.isSealed !== true) return [];
    this.#guests.delete(sourceId);
    return cleanedUp(sourceId, guest);
  }

  /** Cleans up every guest and forgets it. Resolves to what failed. */
  async cleanup(): Promise<CleanupFailure[]> {
    const guests = [...this.#guests];
    this.#guests.clear();
    return (await Promise.all(guests.map(([sourceId, guest]) => cleanedUp(sourceId, guest)))).flat();
  }
}

async function cleanedUp(sourceId: string, guest: Guest): Promise<CleanupFailure[]> {
  try {
    await guest.cleanup();
    return [];
  } catch (error) {
    return [{ sourceId, error: errorRecord(error) }];
  }
}

export interface UnloaderParts {
  readonly guests: GuestCache;
  readonly port: SupervisorPort;
  readonly lookOver: LookOver;
  /** Called for each plugin that the worker gives up. */
  readonly forget: (sourceId: string) => void;
}

/**
 * Gives up guests of this worker that have been replaced or uninstalled. That happens between tasks: a message may arrive
 * while a guest waits for the host in the middle of its run, and what a `cleanup()` takes must not count as a run's.
 */
export class Unloader {
  readonly #parts: UnloaderParts;
  #waiting: string[] = [];
  #isBusy = false;

  constructor(parts: UnloaderParts) {
    this.#parts = parts;
  }

  unload(sourceId: string): void {
    this.#waiting.push(sourceId);
    if (!this.#isBusy) this.#work();
  }

  taskBegins(): void {
    this.#work();
    this.#isBusy = true;
  }

  /** The task is reported first. */
  taskEnded(): void {
    this.#isBusy = false;
    if (this.#waiting.length === 0) return;
    setImmediate(() => {
      if (!this.#isBusy) this.#work();
    });
  }

  /** The CPU time of it is nobody's: otherwise the last run would seem to have left something behind that burns it. */
  #work(): void {
    if (this.#waiting.length === 0) return;
    const { guests, port, lookOver, forget } = this.#parts;
    const cpuFromMs = threadCpuMs();
    for (const sourceId of this.#waiting.splice(0)) {
      void guests.unload(sourceId).then((failures) => {
        if (failures.length > 0) port.post({ kind: 'cleanup.failed', failures });
      });
      lookOver.forget(sourceId);
      forget(sourceId);
    }
    lookOver.excuse(cpuFromMs, threadCpuMs());
  }
}
