/** How a command ends for the shell. docs/command-line.md explains these numbers to users, who branch on them. */
export const EXIT_DONE = 0;
/** The command failed, or what it was asked about did: a run, a schedule, an answer. */
export const EXIT_FAILED = 1;
/** The command line itself is wrong. */
export const EXIT_USAGE = 2;
/** No scheduler was found, or it does not answer. */
export const EXIT_UNREACHABLE = 3;
/** The scheduler does not allow it: a token is missing or wrong, or its console is for reading only. */
export const EXIT_REFUSED = 4;
