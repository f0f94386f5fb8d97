/** How long a module of the user has to close what it opened, once the command is done. */
const GRACE_MS = 5_000;

/**
 * Ends the process when its command is done. Usually nothing is left to do and it ends by itself; a configuration file may
 * have opened a connection or begun a timer that would keep it for ever.
 */
export function leaveSoon(): void {
  // Whatever was printed into a pipe is written first.
  process.stdout.write('', () => {
    process.stderr.write('', () => {
      // It keeps nothing alive by itself.
      setTimeout(leave, GRACE_MS).unref();
    });
  });
}

function leave(): void {
  process.stderr.write('escapement: a timer or a connection of yours is still open, so the process was ended\n');
  process.exit();
}
