/** The wall clock of a process of its own: libfaketime shows what a file says, and the file may change at any time. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARIES = ['x86_64', 'aarch64'].flatMap((machine) =>
  ['libfaketimeMT.so.1', 'libfaketime.so.1'].map((name) => `/usr/lib/${machine}-linux-gnu/faketime/${name}`),
);

/** The library, or null if it is not installed. */
export function faketimeLibrary(): string | null {
  return LIBRARIES.find((path) => existsSync(path)) ?? null;
}

export class FakeClock {
  readonly #file: string;

  constructor(folder: string, name: string, skewS: number) {
    this.#file = join(folder, `${name}.clock`);
    this.set(skewS);
  }

  /** Sets the clock ahead by so many seconds, or back. The file is replaced, so that nobody reads half of it. */
  set(skewS: number): void {
    writeFileSync(`${this.#file}.new`, `${skewS < 0 ? '' : '+'}${skewS}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** For a process that goes by this clock. What counts monotonic time stays as it is. */
  environment(): Record<string, string> {
    return {
      LD_PRELOAD: faketimeLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }
}
