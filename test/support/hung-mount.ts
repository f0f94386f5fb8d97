/**
 * A mount that hangs: a file system of FUSE that nobody serves. Whoever touches a path below it waits in a system call
 * until it is closed, as with a network mount whose server is gone.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface HungMount {
  /** Ends the waits with an error, and takes the mount away. */
  close(): void;
}

/** Null where the system does not let us mount: without FUSE, or the rights of root. */
export function hungMount(folder: string): HungMount | null {
  const device = opened('/dev/fuse');
  if (device === null) return null;
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const { status } = spawnSync('mount', ['-i', '-t', 'fuse', 'hung', folder, '-o', options], {
    stdio: ['ignore', 'ignore', 'ignore', device],
  });
  if (status !== 0) {
    closeSync(device);
    return null;
  }
  return {
    close: () => {
      closeSync(device);
      spawnSync('umount', ['-l', folder]);
    },
  };
}

function opened(path: string): number | null {
  try {
    return openSync(path, 'r+');
  } catch {
    return null;
  }
}
