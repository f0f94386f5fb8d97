/** What a test file needs of the machine: where it is missing its tests are skipped, loudly; in CI they fail instead. */
import { describe, test } from 'vitest';

export interface Requirement {
  readonly isPresent: boolean;
  /** What is missing, and how to get it. */
  readonly line: string;
}

interface Need {
  /** Whose tests they are, as a sentence begins. */
  readonly name: string;
  /** What has to be there. Default: the same. */
  readonly program?: string;
  readonly isPresent: boolean;
  /** How to get it: commands. */
  readonly remedy: string;
}

const isCi = process.env['CI'] === 'true';

/** Says what is needed, once for each test file. */
export function requirement({ name, program = name, isPresent, remedy }: Need): Requirement {
  const verb = isCi ? 'cannot run' : 'are skipped';
  const line = `${name} tests ${verb}: ${program} is not on this machine. To get it: ${remedy}.`;
  if (!isPresent && !isCi) process.stderr.write(`${line}\n`);
  return { isPresent, line };
}

/** The `describe` for tests that need it. */
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
