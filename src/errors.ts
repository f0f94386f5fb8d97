import { printable, sentence, stateAdvice } from './machines/printable.ts';
import type { AbortReason } from './machines/run.ts';

/**
 * Every error that Escapement raises on purpose. Branch on `code` (stable across releases, listed in docs/errors.md) or
 * on the class. The `message` is for people: what happened, with which value, and what would work.
 */
export class EscapementError extends Error {
  /** Stable identifier, `ERR_ESCAPEMENT_…`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    // The message quotes what plugins, files and users wrote. The fields have it as it is.
    super(printable(message), options);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** An `expression` cannot be parsed, or it never falls due. */
export class InvalidExpressionError extends EscapementError {
  readonly expression: string;
  /** What is wrong, without the expression itself: `minute 61 must be within 0–59`. */
  readonly reason: string;

  constructor(expression: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_INVALID_EXPRESSION', sentence(`Expression "${expression}" is invalid: ${reason}`), options);
    this.expression = expression;
    this.reason = reason;
  }
}

/** This runtime does not know the `timezone`, or its name is an abbreviation that can mean several. */
export class InvalidTimezoneError extends EscapementError {
  readonly timezone: string;
  /** What is wrong, to follow the name: `is unknown: did you mean "Europe/Paris"?`. */
  readonly problem: string;

  constructor(timezone: string, problem: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_INVALID_TIMEZONE', sentence(`Time zone "${timezone}" ${problem}`), options);
    this.timezone = timezone;
    this.problem = problem;
  }
}

/** The occurrence computed for an `expression` is not later than the instant `fromMs` that it had to follow. */
export class RecurrenceStuckError extends EscapementError {
  readonly expression: string;
  readonly fromMs: number;

  constructor(expression: string, fromMs: number, options?: ErrorOptions) {
    super(
      'ERR_ESCAPEMENT_RECURRENCE_STUCK',
      `Expression "${expression}" did not advance beyond ${new Date(fromMs).toISOString()}: its schedule is faulted.`,
      options,
    );
    this.expression = expression;
    this.fromMs = fromMs;
  }
}

/** Options or arguments are wrong; `option` names the first, and `problems` lists everything that is wrong. */
export class InvalidOptionError extends EscapementError {
  readonly option: string;
  readonly problems: readonly string[];

  /** @param reason What is wrong, after "is invalid:", or a predicate that begins with "is". */
  constructor(option: string, reason: string, options?: ErrorOptions & { readonly others?: readonly string[] }) {
    const predicate = reason.startsWith('is ') ? reason : `is invalid: ${reason}`;
    const problems = [sentence(`Option "${option}" ${predicate}`), ...(options?.others ?? [])];
    super('ERR_ESCAPEMENT_INVALID_OPTION', problems.join('\n'), options);
    this.option = option;
    this.problems = problems.map(printable);
  }
}

/** The `plugin` was loaded, but its declaration breaks the contract. `problems` lists everything that is wrong. */
export class InvalidPluginError extends EscapementError {
  readonly plugin: string;
  readonly problems: readonly string[];

  constructor(plugin: string, problems: readonly string[], options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_INVALID_PLUGIN', problems.join('\n'), options);
    this.plugin = plugin;
    this.problems = problems;
  }
}

/** One or more plugins were refused, so nothing has started. `errors` has one error for each of them. */
export class PluginsRefusedError extends EscapementError {
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    const reasons = errors.map((error) => error.message).join('\n');
    super('ERR_ESCAPEMENT_PLUGINS_REFUSED', `The scheduler did not start, because plugins were refused:\n${reasons}`);
    this.errors = errors;
  }
}

/** There is no schedule with this `key`. */
export class UnknownScheduleError extends EscapementError {
  readonly key: string;

  constructor(key: string, hint: string) {
    super('ERR_ESCAPEMENT_UNKNOWN_SCHEDULE', sentence(`Schedule "${key}" is unknown${hint}`));
    this.key = key;
  }
}

/** No run with this `runId` is under way: it has ended, or it never was. */
export class UnknownRunError extends EscapementError {
  readonly runId: string;

  constructor(runId: string) {
    super('ERR_ESCAPEMENT_UNKNOWN_RUN', `Run "${runId}" is not under way: it has ended, or there never was one.`);
    this.runId = runId;
  }
}

/** There is no installed `plugin` with this name. */
export class UnknownPluginError extends EscapementError {
  readonly plugin: string;

  constructor(plugin: string, hint: string) {
    super('ERR_ESCAPEMENT_UNKNOWN_PLUGIN', sentence(`Plugin "${plugin}" is unknown${hint}`));
    this.plugin = plugin;
  }
}

/** The `plugin` cannot be uninstalled, because other plugins require what it provides. */
export class PluginRequiredError extends EscapementError {
  readonly plugin: string;
  /** The capabilities that others require and nothing else provides. */
  readonly capabilities: readonly string[];
  /** The plugins that require them: `report`, or `report@tenant:site`. */
  readonly requiredBy: readonly string[];

  constructor(plugin: string, required: readonly RequiredCapability[]) {
    const reasons = required.map(({ capability, by }) => `its capability "${capability}" is required by ${quoted(by)}`);
    const remedy = 'uninstall what requires it first, or pass { force: true }';
    const message = `Plugin "${plugin}" cannot be uninstalled, because ${reasons.join(', and ')}: ${remedy}.`;
    super('ERR_ESCAPEMENT_PLUGIN_REQUIRED', message);
    this.plugin = plugin;
    this.capabilities = required.map(({ capability }) => capability);
    this.requiredBy = [...new Set(required.flatMap(({ by }) => by))];
  }
}

/** A `capability`, and the plugins `by` which it is required. */
export interface RequiredCapability {
  readonly capability: string;
  readonly by: readonly string[];
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** The schedule of this `key` cannot be triggered in its `state`: it has a run in progress, or it is faulted. */
export class ScheduleBusyError extends EscapementError {
  readonly key: string;
  readonly state: string;

  constructor(key: string, state: string) {
    const remedy = state === 'faulted' ? 'resume it first' : 'wait until its run has ended';
    super('ERR_ESCAPEMENT_SCHEDULE_BUSY', `Schedule "${key}" cannot be triggered while it is ${state}: ${remedy}.`);
    this.key = key;
    this.state = state;
  }
}

/** The call needs a running scheduler, and this one has not been started, is draining, or has stopped. */
export class NotRunningError extends EscapementError {
  /** What the scheduler is instead: `not started`, `starting`, `draining`, `stopping` or `stopped`. */
  readonly state: string;

  constructor(operation: string, state: string) {
    const what = `"${operation}" is not possible while the scheduler is ${state}${stateAdvice(state)}.`;
    super('ERR_ESCAPEMENT_NOT_RUNNING', what);
    this.state = state;
  }
}

/** The supervisor thread died. Every call that was waiting for its answer rejects with this. */
export class SupervisorDiedError extends EscapementError {
  constructor(reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_SUPERVISOR_DIED', `The supervisor thread ended: ${reason}.`, options);
  }
}

/** The system, or Node's permission model, does not allow the scheduler to have a thread. */
export class ThreadRefusedError extends EscapementError {
  constructor(reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_THREAD_REFUSED', `The supervisor thread could not be created: ${reason}.`, options);
  }
}

/** The console cannot be served: its port is taken, or its thread could not be created. */
export class ConsoleError extends EscapementError {
  constructor(reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_CONSOLE', sentence(`The console cannot be served: ${reason}`), options);
  }
}

/** The `backend`, a store or locks, could not be built or opened. */
export class BackendError extends EscapementError {
  readonly backend: string;

  constructor(backend: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_BACKEND', sentence(`Backend "${backend}" cannot be used: ${reason}`), options);
    this.backend = backend;
  }
}

/** A plugin's module cannot be loaded, or it does not export a plugin. If the plugin threw, that is the `cause`. */
export class PluginLoadError extends EscapementError {
  /** The module's URL or specifier, as it was installed. */
  readonly module: string;
  /** What is wrong, without the module itself. */
  readonly reason: string;

  constructor(module: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_PLUGIN_LOAD', sentence(`Plugin module "${module}" cannot be loaded: ${reason}`), options);
    this.module = module;
    this.reason = reason;
  }
}

/** The `ctx.signal.reason` of a run that has to stop, for that `reason`. Its `name` is `AbortError`. */
export class RunAbortedError extends EscapementError {
  readonly reason: AbortReason;

  constructor(reason: AbortReason) {
    super('ERR_ESCAPEMENT_ABORTED', `The run was aborted: ${reason}.`);
    this.reason = reason;
  }

  override get name(): string {
    return 'AbortError';
  }
}
