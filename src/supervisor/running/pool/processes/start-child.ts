import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { ChildCommand } from './process-options.ts';

/** No standard input and output: a plugin's raw output must not garble the host's. See `CHILD_FILES` for the rest. */
const STDIO: SpawnOptions['stdio'] = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'];

/** Starts a child that leads a process group of its own. When that fails, `failed` is called later, and no pid is there. */
export function startChild(command: ChildCommand, failed: (error: Error) => void): ChildProcess | null {
  const { file, args, env, settings } = command;
  const { cwd, uid, gid } = settings;
  const identity = {
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  };
  try {
    const child = spawn(file, args, {
      ...identity,
      env,
      stdio: STDIO,
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    child.once('error', failed);
    return child;
  } catch (error) {
    failed(error as Error);
    return null;
  }
}
