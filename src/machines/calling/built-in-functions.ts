/** What plugins have on `ctx.host` without a function of the host. `kv` is an object: its functions are `kv.…`. */
export const BUILT_IN_FUNCTIONS: readonly string[] = ['kv', 'fetch', 'metric'];

/** The built-in function that this is, or is part of; undefined if the name is free for a function of the host. */
export function builtInFunctionOf(name: string): string | undefined {
  return BUILT_IN_FUNCTIONS.find((builtIn) => name === builtIn || (builtIn === 'kv' && name.startsWith('kv.')));
}
