import type { AbortReason } from './machines/run.ts';

/**
 * Every error that Escapement raises on purpose. Callers branch on `code` (stable across releases, listed in
 * docs/errors.md) or on the class; `message` says what happened, with which value, and what would work.
 */
export class EscapementError extends Error {
  /** Stable identifier, `ERR_ESCAPEMENT_…`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** An expression cannot be read, or can never fall due. */
export class InvalidExpressionError extends EscapementError {
  readonly expression: string;
  /** Why it was refused, without the expression itself: `minute 61 must be within 0–59`. */
  readonly reason: string;

  constructor(expression: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_INVALID_EXPRESSION', `Expression "${expression}" is invalid: ${reason}.`, options);
    this.expression = expression;
    this.reason = reason;
  }
}

/** A time zone is not an IANA name that this runtime knows. */
export class InvalidTimezoneError extends EscapementError {
  readonly timezone: string;

  constructor(timezone: string, options?: ErrorOptions) {
    super(
      'ERR_ESCAPEMENT_INVALID_TIMEZONE',
      `Time zone "${timezone}" is unknown: use an IANA name such as "Europe/Paris" or "UTC".`,
      options,
    );
    this.timezone = timezone;
  }
}

/** The recurrence of an expression returned an instant that is not later than the one it was asked about. */
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

/** An argument or an option of the API is not what is accepted. */
export class InvalidOptionError extends EscapementError {
  readonly option: string;

  constructor(option: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_INVALID_OPTION', `Option "${option}" is invalid: ${reason}.`, options);
    this.option = option;
  }
}

/** What a plugin declares is not what the contract accepts. Every problem is in `problems`. */
export class InvalidPluginError extends EscapementError {
  readonly plugin: string;
  readonly problems: readonly string[];

  constructor(plugin: string, problems: readonly string[], options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_INVALID_PLUGIN', problems.join('\n'), options);
    this.plugin = plugin;
    this.problems = problems;
  }
}

/** One or more plugins were refused, and nothing has started. The reasons are in `errors`, one a plugin. */
export class PluginsRefusedError extends EscapementError {
  readonly errors: readonly Error[];

  constructor(errors: readonly Error[]) {
    const reasons = errors.map((error) => error.message).join('\n');
    super('ERR_ESCAPEMENT_PLUGINS_REFUSED', `The scheduler did not start, for these reasons:\n${reasons}`);
    this.errors = errors;
  }
}

/** No schedule has the key. */
export class UnknownScheduleError extends EscapementError {
  readonly key: string;

  constructor(key: string, hint: string) {
    super('ERR_ESCAPEMENT_UNKNOWN_SCHEDULE', `Schedule "${key}" is unknown${hint}${hint.endsWith('?') ? '' : '.'}`);
    this.key = key;
  }
}

/** No plugin has the name. */
export class UnknownPluginError extends EscapementError {
  readonly plugin: string;

  constructor(plugin: string, hint: string) {
    super('ERR_ESCAPEMENT_UNKNOWN_PLUGIN', `Plugin "${plugin}" is unknown${hint}${hint.endsWith('?') ? '' : '.'}`);
    this.plugin = plugin;
  }
}

/** The schedule cannot run now: a run of it is in progress, or it is faulted. */
export class ScheduleBusyError extends EscapementError {
  readonly key: string;
  readonly state: string;

  constructor(key: string, state: string) {
    super('ERR_ESCAPEMENT_SCHEDULE_BUSY', `Schedule "${key}" cannot be triggered while it is ${state}.`);
    this.key = key;
    this.state = state;
  }
}

/** The scheduler is not running: it was not started, or it has been stopped. */
export class NotRunningError extends EscapementError {
  constructor(operation: string, state: string) {
    super('ERR_ESCAPEMENT_NOT_RUNNING', `Cannot ${operation}: the scheduler is ${state}.`);
  }
}

/** The supervisor thread died. While it is being restarted, calls that were waiting for it are refused with this. */
export class SupervisorDiedError extends EscapementError {
  constructor(reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_SUPERVISOR_DIED', `The supervisor thread ended: ${reason}.`, options);
  }
}

/** A store or lock backend could not be built or opened. */
export class BackendError extends EscapementError {
  readonly backend: string;

  constructor(backend: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_BACKEND', `Backend "${backend}" cannot be used: ${reason}.`, options);
    this.backend = backend;
  }
}

/** A plugin's module cannot be loaded, or what it exports is not a plugin. What the plugin threw is in `cause`. */
export class PluginLoadError extends EscapementError {
  /** The module's URL or specifier, as it was installed. */
  readonly module: string;
  /** Why it was refused, without the module itself. */
  readonly reason: string;

  constructor(module: string, reason: string, options?: ErrorOptions) {
    super('ERR_ESCAPEMENT_PLUGIN_LOAD', `Plugin module "${module}" cannot be loaded: ${reason}.`, options);
    this.module = module;
    this.reason = reason;
  }
}

/** What `ctx.signal.reason` is: the run was told to stop. Its `name` is that of every abort, `AbortError`. */
export class RunAbortedError extends EscapementError {
  readonly reason: AbortReason;

  constructor(reason: AbortReason) {
    super('ERR_ESCAPEMENT_ABORTED', `The run was told to stop: ${reason}.`);
    this.reason = reason;
  }

  override get name(): string {
    return 'AbortError';
  }
}
