/** Writes what `escapement init` has planned. */
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createFolder } from '../../wire/create-folder.ts';
import { CommandError } from '../input/usage-error.ts';
import type { Step } from './plan.ts';
import { systemReason } from './system-reason.ts';

/**
 * Takes the steps one after another.
 * @throws CommandError when the system refuses one. It says which have been taken: the command can be run again.
 */
export function carryOut(steps: readonly Step[], folder: string): void {
  makeFolder(folder);
  const written: string[] = [];
  for (const step of steps) {
    if (step.kind === 'keep') continue;
    try {
      take(step, join(folder, step.path));
    } catch (error) {
      const before = written.length === 0 ? 'nothing' : written.join(', ');
      throw new CommandError(
        `${step.path} cannot be written: ${systemReason(error)}. Written before: ${before}. Run init again when that is solved.`,
        { cause: error },
      );
    }
    written.push(step.path);
  }
}

/** @throws CommandError */
function makeFolder(folder: string): void {
  try {
    createFolder(folder);
  } catch (error) {
    const message = `The folder ${folder} cannot be made, so nothing was written: ${systemReason(error)}.`;
    throw new CommandError(message, { cause: error });
  }
}

function take({ kind, text }: Exclude<Step, { readonly kind: 'keep' }>, path: string): void {
  createFolder(dirname(path));
  // A file that appears meanwhile is not replaced.
  if (kind === 'write') writeFileSync(path, text, { flag: 'wx' });
  else replace(realpathSync(path), text);
}

/** Puts a whole file in the place of another, so that a full disk or the end of the process leaves one of the two. */
function replace(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    chmodSync(beside, statSync(path).mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
