/** A program that a test file needs. If it is missing, the tests are skipped with a message; in CI they fail. */
import { describe, test } from 'vitest';

export interface Requirement {
  readonly isPresent: boolean;
  /** What is missing, and how to get it. */
  readonly line: string;
}

interface Need {
  /** Whose tests these are, as the subject of the message. */
  readonly name: string;
  /** The program that must be installed. Default: `name`. */
  readonly program?: string;
  readonly isPresent: boolean;
  /** The commands that install it. */
  readonly remedy: string;
}

const isCi = process.env['CI'] === 'true';

/** Says on stderr what is missing, once for each test file. */
export function requirement({ name, program = name, isPresent, remedy }: Need): Requirement {
  const verb = isCi ? 'cannot run' : 'are skipped';
  const line = `${name} tests ${verb}: ${program} is not on this machine. To get it: ${remedy}.`;
  if (!isPresent && !isCi) process.stderr.write(`${line}\n`);
  return { isPresent, line };
}

/** The `describe` for tests that need the program. */
export function describeWith({ isPresent, line }: Requirement): (name: string, body: () => void) => void {
  if (isPresent) return (name, body) => void describe(name, body);
  if (!isCi) return (name, body) => void describe.skipIf(true)(name, body);
  return (name) =>
    void describe(name, () => {
      test('has what it needs', () => {
        throw new Error(line);
      });
    });
}
