import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program with some lines as its arguments, and reads the array of texts that it prints. */
export async function spawnedOutput(program: string, lines: readonly string[], cwd: string): Promise<string[]> {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: undefined };
  const options = { cwd, env, timeout: 110_000, maxBuffer: 16_777_216 };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...lines], options);
  return JSON.parse(stdout) as string[];
}
