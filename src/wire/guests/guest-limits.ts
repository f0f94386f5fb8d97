/** The instructions that a run of a WASM guest may execute: minutes of computing. */
export const DEFAULT_RUN_FUEL = 100_000_000_000;
/**
 * The same for each other call of a guest: what it declares, and its clean-up. Some seconds, because a guest that is
 * loaded or ended holds a thread.
 */
export const OTHER_CALL_FUEL = 1_000_000_000;
/** The most that a guest may give to the host in one call, in bytes: what it returns, an error, a text to log. */
export const MAX_GUEST_TEXT_BYTES = 1_024 * 1_024;
/** What a guest's variables may take together, keys and values, in bytes. */
export const MAX_GUEST_VARIABLES_BYTES = 1_024 * 1_024;
/** Pages of 64 KiB. */
export const DEFAULT_MEMORY_PAGES = 256;
/** The largest module of a guest. */
export const MAX_GUEST_MODULE_BYTES = 64 * 1_024 * 1_024;
