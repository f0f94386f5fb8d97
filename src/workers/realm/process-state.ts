import { isMainThread } from 'node:worker_threads';

const { cwd, chdir, umask, geteuid, getegid } = process;
const { hasUncaughtExceptionCaptureCallback: isCaptured, setUncaughtExceptionCaptureCallback: capture } = process;

/**
 * What a process has only once: its working directory, the mode of the files that it makes, its account. Node lets no
 * thread but the first change them, so that only a run in a child process can. Besides, who gets the exceptions that
 * nobody catches: whoever takes them for itself keeps the crashes of every plugin from being seen.
 */
export class ProcessState {
  readonly #folder = folderNow();
  readonly #mode = isMainThread ? (umask as () => number).call(process) : null;
  readonly #account = accountNow();

  /** Puts back what can be put back, and returns the name of the first that was changed. */
  restore(): string | null {
    if (isCaptured.call(process)) {
      capture.call(process, null);
      return 'process.setUncaughtExceptionCaptureCallback()';
    }
    if (!isMainThread) return null;
    const changed = [
      ...(this.#restoredFolder() ? ['the working directory'] : []),
      ...(this.#restoredMode() ? ['process.umask()'] : []),
      ...(accountNow() === this.#account ? [] : ['the account of its process']),
    ];
    return changed[0] ?? null;
  }

  #restoredFolder(): boolean {
    if (folderNow() === this.#folder) return false;
    try {
      if (this.#folder !== null) chdir.call(process, this.#folder);
    } catch {
      // The folder is gone, or the account may not enter it. The process is replaced.
    }
    return true;
  }

  #restoredMode(): boolean {
    return this.#mode !== null && umask.call(process, this.#mode) !== this.#mode;
  }
}

/** Null for a folder that was removed. */
function folderNow(): string | null {
  try {
    return cwd.call(process);
  } catch {
    return null;
  }
}

function accountNow(): string {
  return `${geteuid?.call(process)}:${getegid?.call(process)}`;
}
