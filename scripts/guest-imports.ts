/**
 * What a guest may import, as data: from it the declarations for a language are generated. `npm run guests:header` writes
 * those for C, and a test compares the list with the functions that there are.
 */

/** Types as WebAssembly has them. An i64 is an offset or a length, except for a word that is loaded or stored. */
export type ValueType = 'i32' | 'i64';

export interface HostFunctionType {
  readonly module: 'extism:host/env' | 'extism:host/user';
  readonly name: string;
  readonly parameters: Readonly<Record<string, ValueType>>;
  readonly result: ValueType | null;
  readonly comment: string;
}

type Signature = readonly [parameters: Readonly<Record<string, ValueType>>, result: ValueType | null, comment: string];

const ENV: Readonly<Record<string, Signature>> = {
  alloc: [{ length: 'i64' }, 'i64', 'A new block of zeros.'],
  free: [{ offset: 'i64' }, null, 'Gives a block back.'],
  length: [{ offset: 'i64' }, 'i64', 'The length of a block; 0 if there is none.'],
  length_unsafe: [{ offset: 'i64' }, 'i64', 'The same.'],
  load_u8: [{ offset: 'i64' }, 'i32', 'A byte.'],
  load_u64: [{ offset: 'i64' }, 'i64', 'Eight bytes, the lowest first.'],
  store_u8: [{ offset: 'i64', value: 'i32' }, null, 'Writes a byte.'],
  store_u64: [{ offset: 'i64', value: 'i64' }, null, 'Writes eight bytes.'],
  input_offset: [{}, 'i64', 'The block of the input; 0 for none.'],
  input_length: [{}, 'i64', 'The length of the input.'],
  input_load_u8: [{ index: 'i64' }, 'i32', 'A byte of the input.'],
  input_load_u64: [{ index: 'i64' }, 'i64', 'Eight bytes of the input.'],
  output_set: [{ offset: 'i64', length: 'i64' }, null, 'What the call returns.'],
  error_set: [{ offset: 'i64' }, null, 'The call has failed, for this reason. 0 takes it back.'],
  error_get: [{}, 'i64', 'That reason, or why the last host function has failed; 0 for none.'],
  reset: [{}, null, 'Drops all blocks and everything that was set.'],
  config_get: [{ key: 'i64' }, 'i64', 'An option of the installation; 0 for none.'],
  var_get: [{ key: 'i64' }, 'i64', 'A variable; 0 for none.'],
  var_set: [{ key: 'i64', value: 'i64' }, null, 'Sets a variable; 0 drops it.'],
  log_trace: [{ text: 'i64' }, null, 'Writes a line of the log.'],
  log_debug: [{ text: 'i64' }, null, 'Writes a line of the log.'],
  log_info: [{ text: 'i64' }, null, 'Writes a line of the log.'],
  log_warn: [{ text: 'i64' }, null, 'Writes a line of the log.'],
  log_error: [{ text: 'i64' }, null, 'Writes a line of the log.'],
  get_log_level: [{}, 'i32', 'The lowest level that is logged, from 0 for trace.'],
  http_request: [{ request: 'i64', body: 'i64' }, 'i64', 'The body of the answer. A failure ends the run.'],
  http_status_code: [{}, 'i32', 'The status of the last answer.'],
  http_headers: [{}, 'i64', 'The headers of the last answer, a JSON object; 0 for none.'],
};

/** Each takes the arguments and gives the answer as JSON. */
const USER: Readonly<Record<string, string>> = {
  config: '[] gives the config of the schedule.',
  log: '[level, message, fields] writes a line of the log.',
  now: '[] gives epoch milliseconds.',
  kv_get: '[namespace or null, key] gives the value, or null.',
  kv_set: '[namespace or null, key, value] keeps a value.',
  kv_delete: '[namespace or null, key] gives whether it was there.',
  kv_list: '[namespace or null, prefix, after or null, limit] gives { keys, next }.',
  fetch: '[{ url, method, headers, body, timeoutMs }] gives { status, headers, body, isTruncated }.',
  file_read: '[path] gives the text of a file; only with permissions.allowedPaths.',
  file_list: '[path] gives the names in a folder; only with permissions.allowedPaths.',
  metric: '[name, value, tags] counts something.',
};

export const GUEST_IMPORTS: readonly HostFunctionType[] = [
  ...Object.entries(ENV).map(([name, [parameters, result, comment]]): HostFunctionType => {
    return { module: 'extism:host/env', name, parameters, result, comment };
  }),
  ...Object.entries(USER).map(([name, comment]): HostFunctionType => {
    return { module: 'extism:host/user', name, parameters: { args: 'i64' }, result: 'i64', comment };
  }),
];
