/** Plugins that are WebAssembly modules, by Extism's calling convention: JSON in, JSON out, and no rights of their own. */
import { PluginLoadError } from '../../../errors.ts';
import type { JsonValue, ScheduledRunContext } from '../../../plugin.ts';
import { FuelExhaustedError, GuestFailedError } from '../../../wire/guests/guest-errors.ts';
import { DEFAULT_MEMORY_PAGES, OTHER_CALL_FUEL } from '../../../wire/guests/guest-limits.ts';
import type { WasmFunction, WasmImports } from '../../../wire/guests/web-assembly.ts';
import { previewOf } from '../../../wire/value-preview.ts';
import type { Guest, GuestCall } from '../../guest.ts';
import type { GuestCode, LoadFuel, PluginDeclaration, PluginSource } from '../../protocol.ts';
import { wallMs } from '../../thread-clock.ts';
import { listedNames } from '../listed-names.ts';
import { loadError } from '../load-error.ts';
import { aboutOf, GuestDeclarationError, priorityOf, schedulesOf } from './declaration.ts';
import { ENV_MODULE, extismEnv } from './extism-env.ts';
import { checkGuest, compileGuest, exportedFunctions } from './guest-code.ts';
import { GuestFiles } from './guest-files.ts';
import { type CallRequest, GuestInstance } from './guest-instance.ts';
import { GuestMemory } from './guest-memory.ts';
import { GuestVariables } from './guest-variables.ts';
import { HostSide, type Surroundings } from './host-side.ts';
import { runInput } from './run-input.ts';
import { hiddenFunctions, USER_MODULE, userFunctionNames, userFunctions } from './user-functions.ts';

const PAGE_BYTES = 64 * 1_024;

/** Loads a guest. Rejects with a `PluginLoadError`. */
export async function openWasmGuest(source: PluginSource): Promise<Guest> {
  const code = source.code ?? (await compileGuest(source));
  const guest = new WasmGuest(code, source);
  guest.check();
  return guest;
}

class WasmGuest implements Guest {
  readonly code: GuestCode;
  readonly hasCleanup: boolean;
  readonly isSealed = true;
  readonly #source: PluginSource;
  readonly #functions: ReadonlySet<string>;
  readonly #host: HostSide;
  readonly #imports: WasmImports;
  readonly #files: GuestFiles;
  /** What the calls that load it have used, by name. */
  readonly #loadFuel = new Map<string, number>();
  /** The next call goes to it. */
  #instance: GuestInstance | null = null;

  constructor(code: GuestCode, source: PluginSource) {
    const { options, permissions } = source;
    this.code = code;
    this.#source = source;
    this.#functions = exportedFunctions(code.module);
    this.#files = new GuestFiles(source);
    this.hasCleanup = this.#functions.has('cleanup');
    const limitBytes = (permissions?.memoryPages ?? DEFAULT_MEMORY_PAGES) * PAGE_BYTES;
    const memory = new GuestMemory(() => limitBytes - (this.#instance?.memoryBytes ?? 0));
    this.#host = new HostSide(memory, outsideOfRuns(options));
    const userNames = userFunctionNames(permissions);
    this.#imports = {
      [ENV_MODULE]: guarded(extismEnv(this.#host), this.#host),
      [USER_MODULE]: guarded(userFunctions(this.#host, userNames), this.#host),
    };
  }

  /** @throws PluginLoadError for a guest that lacks what the host calls, or imports what it may not. */
  check(): void {
    checkGuest(this.code, this.#imports, this.#source);
    const hidden = hiddenFunctions(this.#source.permissions);
    if (hidden.length === 0) return;
    const why = 'another function has the name that it would have in a guest';
    throw new PluginLoadError(this.#source.module, `it cannot be granted ${listedNames(hidden)}: ${why}`);
  }

  get loadFuel(): readonly LoadFuel[] {
    return [...this.#loadFuel].map(([call, used]) => ({ call, used, limit: OTHER_CALL_FUEL }));
  }

  async declare(): Promise<PluginDeclaration> {
    try {
      return this.#declaration();
    } finally {
      this.#rest();
    }
  }

  async run(ctx: ScheduledRunContext, call: GuestCall): Promise<void> {
    const surroundings: Surroundings = {
      options: this.#source.options,
      config: ctx.config,
      log: (level, message, fields) => (fields ? ctx.log[level](fields, message) : ctx.log[level](message)),
      nowMs: () => call.nowMs(),
      files: this.#files,
      callHost: (name, args) => call.callHost(name, args),
    };
    const spent = (used: number, isExhausted: boolean): void => {
      if (!Number.isNaN(used)) call.spent = { used, isExhausted };
    };
    try {
      this.#call({
        name: 'run',
        input: runInput(ctx),
        fuel: call.fuel,
        fuelOption: 'budget.fuel',
        surroundings,
        spent,
      });
    } finally {
      this.#rest();
    }
  }

  async cleanup(): Promise<void> {
    try {
      if (this.hasCleanup) this.#callOutside('cleanup');
    } finally {
      this.#instance = null;
    }
  }

  /** The name is asked for twice, because keys and locks are made of it. */
  #declaration(): PluginDeclaration {
    const name = this.#ask('name');
    const schedules = this.#read('schedules', schedulesOf);
    const priority = this.#functions.has('priority') ? this.#read('priority', priorityOf) : undefined;
    const about = this.#functions.has('about') ? this.#read('about', aboutOf) : undefined;
    const again = this.#ask('name');
    if (name === again) return { name, priority, schedules, ...about };
    const reason = `its name() returned ${previewOf(name)}, and then ${previewOf(again)}: it must always be the same`;
    throw new PluginLoadError(this.#source.module, reason);
  }

  #read<T>(name: string, parse: (output: string | null) => T): T {
    const output = this.#ask(name);
    try {
      return parse(output);
    } catch (error) {
      if (error instanceof GuestDeclarationError) throw new PluginLoadError(this.#source.module, error.message);
      throw error;
    }
  }

  #ask(name: string): string | null {
    const spent = (used: number): void => {
      if (!Number.isNaN(used)) this.#loadFuel.set(name, Math.max(used, this.#loadFuel.get(name) ?? 0));
    };
    try {
      return this.#callOutside(name, spent);
    } catch (error) {
      throw loadError(this.#source, `its ${name}() failed`, error);
    }
  }

  #callOutside(name: string, spent: CallRequest['spent'] = () => {}): string | null {
    const surroundings = outsideOfRuns(this.#source.options);
    return this.#call({ name, input: null, fuel: OTHER_CALL_FUEL, fuelOption: null, surroundings, spent });
  }

  /** After a trap nothing in an instance can be relied on. What the guest itself reports as a failure leaves it whole. */
  #call(request: CallRequest): string | null {
    try {
      const made = this.#instance === null ? this.#makeInstance(request) : null;
      this.#instance ??= made;
      // The start of an instance is part of the call that it is made for.
      return (this.#instance as GuestInstance).call({ ...request, startUsed: made?.startUsed ?? 0 });
    } catch (error) {
      if (!(error instanceof GuestFailedError)) this.#instance = null;
      throw error;
    }
  }

  #makeInstance({ fuel, fuelOption, spent }: CallRequest): GuestInstance {
    const limit = fuel < OTHER_CALL_FUEL ? { fuel, fuelOption } : { fuel: OTHER_CALL_FUEL, fuelOption: null };
    this.#host.variables = new GuestVariables();
    // What executes when an instance is made belongs to no run: it must not reach what an earlier one could.
    this.#host.surroundings = outsideOfRuns(this.#source.options);
    try {
      return new GuestInstance(this.code, this.#host, this.#imports, limit);
    } catch (error) {
      if (error instanceof FuelExhaustedError) spent?.(limit.fuel, true);
      throw error;
    }
  }

  /** The next call begins with a fresh instance, if the guest is installed so. */
  #rest(): void {
    if (this.#source.instance !== 'kept') this.#instance = null;
  }
}

/** What a guest reaches while it is loaded or cleaned up: nothing but the options of its installation. */
function outsideOfRuns(options: JsonValue | null): Surroundings {
  return {
    options,
    config: null,
    log: () => {},
    nowMs: wallMs,
    files: null,
    callHost: (name) => {
      throw new Error(`the function ${name} can be called in run() only`);
    },
  };
}

/** What a function of the host throws ends the call of the guest, which may not catch it and go on. None has a third argument. */
function guarded(functions: Readonly<Record<string, WasmFunction>>, host: HostSide): Record<string, WasmFunction> {
  const entries = Object.entries(functions).map(([name, call]) => {
    const guard = (first: bigint, second: bigint): unknown => {
      if (host.fatal !== null) throw host.fatal;
      try {
        return call(first, second);
      } catch (error) {
        host.fail(error as Error);
        throw error;
      }
    };
    return [name, guard as WasmFunction] as const;
  });
  return Object.fromEntries(entries);
}
