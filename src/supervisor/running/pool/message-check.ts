/**
 * Checks what comes out of a worker. Plugin code executes there, and it may send what it likes over anything that it can
 * reach: so each message is looked at for its shape, its range and its size before it is believed. Who may send it is
 * decided by `PoolWorker`: only messages about the task that the worker executes are passed on.
 */
import { types } from 'node:util';
import { LOG_LEVELS } from '../../../machines/run.ts';
import { argumentsBytes, dataSize } from '../../../wire/data-size.ts';
import { isWasmModule } from '../../../wire/guests/web-assembly.ts';
import type { FromPoolWorker } from '../../../workers/protocol.ts';

const MAX_ID_LENGTH = 128;
const MAX_TEXT_LENGTH = 16 * 1_024;
const MAX_CAUSES = 8;
/** A load calls a few exports. */
const MAX_LOAD_CALLS = 16;
const MAX_FAILURES = 10_000;
const MAX_LINE_BYTES = 512 * 1_024;
/** All that a message has, also fields that nobody asks for. The longest is an error with its causes. */
const MAX_MESSAGE_BYTES = 1_024 * 1_024;
/** What failed of the clean-ups of all plugins of a worker. */
const MAX_FAILURES_BYTES = 16 * 1_024 * 1_024;
/** A declaration is measured in the worker, where its plugin is named. This is what can be sent at all. */
const MAX_DECLARATION_BYTES = 128 * 1_024 * 1_024;
const LEVELS = new Set<unknown>(LOG_LEVELS);

type Fields = Readonly<Record<string, unknown>>;
type Check = (message: Fields, maxMessageBytes: number) => boolean;
type Kind = FromPoolWorker['kind'];

const CHECKS: Readonly<Record<Kind, Check>> = {
  'task.entered': isOfTask,
  'task.declined': isOfTask,
  'run.started': (message) => isOfTask(message) && isStart(message),
  'run.finished': isFinished,
  'run.logged': (message) => isOfTask(message) && isLine(message['line']),
  'run.progressed': isProgress,
  'host.called': isHostCall,
  'plugin.declared': isDeclared,
  'plugin.refused': (message) => isOfTask(message) && isText(message['reason']) && isOptionalError(message['cause']),
  'task.crashed': (message) => isOfTask(message) && isError(message['error']),
  'task.left-error': (message) => isOfTask(message) && isError(message['error']),
  'worker.faulted': (message) => isError(message['error']),
  'worker.soiled': (message) => isOfTask(message) && isText(message['reason']),
  'cleanup.failed': areFailures,
  'worker.cleaned': areFailures,
};

/** The message, if it is one that a worker sends; else null. */
export function checkedMessage(message: unknown, maxMessageBytes: number): FromPoolWorker | null {
  if (typeof message !== 'object' || message === null || types.isProxy(message)) return null;
  const { kind } = message as Fields;
  if (typeof kind !== 'string' || !Object.hasOwn(CHECKS, kind)) return null;
  const isRight = CHECKS[kind as Kind](message as Fields, maxMessageBytes) && isBounded(message as Fields);
  return isRight ? (message as FromPoolWorker) : null;
}

/** Whether all of a message is plain data of a bounded size. */
function isBounded({ args, declaration, code, ...rest }: Fields): boolean {
  // These three are looked at by the check of their message, each in its own way; in other messages nobody reads them.
  const { kind } = rest;
  const limitBytes = kind === 'cleanup.failed' || kind === 'worker.cleaned' ? MAX_FAILURES_BYTES : MAX_MESSAGE_BYTES;
  return dataSize(rest, limitBytes) <= limitBytes;
}

function isOfTask({ taskId }: Fields): boolean {
  return typeof taskId === 'string' && taskId.length <= MAX_ID_LENGTH;
}

function isFinished(message: Fields): boolean {
  const { atMonotonicMs, sawAbort, heldBytes, droppedLogLines, cpuMs, fuel, error, start } = message;
  const areNumbers = isNumber(atMonotonicMs) && isCount(heldBytes) && isCount(droppedLogLines) && isCpu(cpuMs);
  const areParts = isOptionalError(error) && isStart(start) && isFuel(fuel);
  return isOfTask(message) && areNumbers && typeof sawAbort === 'boolean' && areParts;
}

function isFuel(fuel: unknown): boolean {
  if (fuel === undefined) return true;
  if (typeof fuel !== 'object' || fuel === null) return false;
  const { used, isExhausted } = fuel as Fields;
  return isCount(used) && typeof isExhausted === 'boolean';
}

function isStart(start: unknown): boolean {
  if (start === undefined) return true;
  if (typeof start !== 'object' || start === null) return false;
  const { atMonotonicMs, threadCpuMs } = start as Fields;
  return isNumber(atMonotonicMs) && isCpu(threadCpuMs);
}

function isProgress(message: Fields): boolean {
  const { fraction, note } = message;
  const isFraction = isNumber(fraction) && fraction >= 0 && fraction <= 1;
  return isOfTask(message) && isFraction && (note === undefined || isText(note));
}

function isHostCall(message: Fields, maxMessageBytes: number): boolean {
  const { callId, name, args } = message;
  const isNamed = typeof name === 'string' && name.length <= MAX_TEXT_LENGTH;
  // The worker counts in the same way, so a call that it lets pass is not refused here.
  const isShort = (): boolean => argumentsBytes(args, maxMessageBytes) <= maxMessageBytes;
  return isOfTask(message) && isCount(callId) && isNamed && isShort();
}

function isDeclaration(declaration: unknown): boolean {
  const isObject = typeof declaration === 'object' && declaration !== null;
  return isObject && dataSize(declaration, MAX_DECLARATION_BYTES) <= MAX_DECLARATION_BYTES;
}

function isCode(code: unknown): boolean {
  if (typeof code !== 'object' || code === null) return false;
  const { module, fuelExport, ...others } = code as Fields;
  const isKnown = Object.keys(others).length === 0;
  return isWasmModule(module) && (fuelExport === null || isText(fuelExport)) && isKnown;
}

function isDeclared({ declaration, code, isSealed, loadFuel, fingerprint, ...message }: Fields): boolean {
  const isGuest = (code === undefined || isCode(code)) && (isSealed === undefined || isSealed === true);
  const isMarked = fingerprint === undefined || Number.isSafeInteger(fingerprint);
  return isOfTask(message) && isDeclaration(declaration) && isGuest && isMarked && isLoadFuel(loadFuel);
}

function areFailures({ failures }: Fields): boolean {
  return Array.isArray(failures) && failures.length <= MAX_FAILURES && failures.every(isFailure);
}

function isFailure(failure: unknown): boolean {
  if (typeof failure !== 'object' || failure === null) return false;
  const { sourceId, error } = failure as Fields;
  return typeof sourceId === 'string' && sourceId.length <= MAX_ID_LENGTH && isError(error);
}

function isLoadFuel(fuel: unknown): boolean {
  if (fuel === undefined) return true;
  return Array.isArray(fuel) && fuel.length <= MAX_LOAD_CALLS && fuel.every(isUse);
}

function isUse(use: unknown): boolean {
  if (typeof use !== 'object' || use === null) return false;
  const { call, used, limit } = use as Fields;
  return isText(call) && isCount(used) && isCount(limit);
}

function isLine(line: unknown): boolean {
  if (typeof line !== 'object' || line === null) return false;
  const { atMs, level, message, fields } = line as Fields;
  const areFields = fields === undefined || (isPlain(fields) && dataSize(fields, MAX_LINE_BYTES) <= MAX_LINE_BYTES);
  return isNumber(atMs) && LEVELS.has(level) && isText(message) && areFields;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isError(value: unknown): boolean {
  let error: unknown = value;
  for (let depth = 0; depth <= MAX_CAUSES; depth += 1) {
    if (typeof error !== 'object' || error === null) return false;
    const { name, message, stack, code, kind, cause } = error as Fields;
    const areTexts = isText(name) && isText(message) && [stack, code, kind].every(isOptionalText);
    if (!areTexts) return false;
    if (cause === undefined) return true;
    error = cause;
  }
  return false;
}

function isOptionalError(value: unknown): boolean {
  return value === undefined || isError(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || isText(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): boolean {
  return isNumber(value) && value >= 0;
}

/** CPU time in milliseconds, where it can be measured. */
function isCpu(value: unknown): boolean {
  return value === undefined || isCount(value);
}
