import type { AnswerOf } from '../../../wire/questions.ts';
import { mustBeSeparate } from '../separate-files.ts';
import { LockFile } from './lock-file.ts';
import type { MachineClock } from './machine-clock.ts';
import type { LockFileOptions, LockMethod, LockQuestions, ToLocks } from './protocol.ts';

/** Answers the supervisor thread's questions, on a file that may be deleted or replaced while it is open. */
export class LockService {
  readonly #options: LockFileOptions;
  readonly #clock: MachineClock;
  #file: LockFile | null = null;

  constructor(options: LockFileOptions, clock: MachineClock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Throws an error that says what is wrong with the file. */
  answer(question: ToLocks): AnswerOf<LockQuestions, LockMethod> {
    switch (question.method) {
      case 'open':
        this.#opened();
        return null;
      case 'exchange':
        return this.#opened().exchange(question.params, question.giveUpAtMs);
      case 'announce':
        return this.#opened().announce(question.params, question.giveUpAtMs);
      case 'readGroup':
        return this.#opened().readGroup(question.params, question.giveUpAtMs);
      case 'close':
        this.#close();
        return null;
    }
  }

  /** A file that was deleted or replaced no longer excludes anybody, so the file that is there now is opened. */
  #opened(): LockFile {
    if (this.#file?.isInPlace() === false) this.#close();
    this.#file ??= this.#open();
    return this.#file;
  }

  #open(): LockFile {
    const { path, storePath } = this.#options;
    if (storePath !== undefined) mustBeSeparate(storePath, path);
    return LockFile.open(path, this.#clock);
  }

  #close(): void {
    this.#file?.close();
    this.#file = null;
  }
}
