/** The functions of the host that this guest imports: JSON in, JSON out. */
import { Memory } from '@extism/as-pdk';
import { quoted } from './json';

@external('extism:host/user', 'config')
declare function host_config(args: u64): u64;
@external('extism:host/user', 'kv_get')
declare function host_kv_get(args: u64): u64;
@external('extism:host/user', 'kv_set')
declare function host_kv_set(args: u64): u64;
@external('extism:host/env', 'length')
declare function length(offset: u64): u64;
@external('extism:host/env', 'error_set')
declare function error_set(offset: u64): void;

/** The config of the schedule, JSON. */
export function config(): string {
  return answerOf(host_config(offsetOf('[]')));
}

/** What is kept under a key, JSON; empty if the call has failed. */
export function kvGet(key: string): string {
  return answerOf(host_kv_get(offsetOf('[null,' + quoted(key) + ']')));
}

/** Keeps a JSON value. Returns false if the call has failed. */
export function kvSet(key: string, json: string): bool {
  return host_kv_set(offsetOf('[null,' + quoted(key) + ',' + json + ']')) != 0;
}

/** Why the run has failed. */
export function setError(reason: string): void {
  error_set(offsetOf(reason));
}

function offsetOf(text: string): u64 {
  return Memory.allocateString(text).offset;
}

function answerOf(offset: u64): string {
  return offset == 0 ? '' : new Memory(offset, length(offset)).toString();
}
