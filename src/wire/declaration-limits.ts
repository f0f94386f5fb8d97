/**
 * What a plugin may declare at most. The pool thread that loads a plugin and the supervisor thread that installs it hold
 * it to the same limits, so that nothing larger crosses threads, and nothing that has crossed takes long to check.
 */
export const MAX_SCHEDULES = 100_000;
/** Longest JSON text of one schedule's `config`, in characters. */
export const MAX_CONFIG_LENGTH = 256 * 1_024;
/** The same for all schedules of a plugin together. */
export const MAX_CONFIGS_LENGTH = 64 * 1_024 * 1_024;
/** How many problems of a declaration are listed. Checking ends with the last of them. */
export const MAX_PROBLEMS = 20;
/** Of the reason why a plugin is refused so many characters cross threads: it may quote what the plugin has thrown. */
export const MAX_REASON_LENGTH = 8 * 1_024;
export const MAX_CRON_LENGTH = 1_000;
export const MAX_DESCRIPTION_LENGTH = 4_096;
/** What one schedule may take as a message, and what all of a plugin may. */
export const MAX_SCHEDULE_BYTES = 1_024 * 1_024;
export const MAX_DECLARATION_BYTES = 64 * 1_024 * 1_024;
