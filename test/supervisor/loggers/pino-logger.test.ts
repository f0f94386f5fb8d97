import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pinoLogger } from '../../../src/supervisor/loggers/pino-logger.ts';

describe('the log of the supervisor thread', () => {
  test('has every line in its file when flush resolves', async () => {
    const file = join(tmpdir(), 'log');
    const destination = openSync(file, 'a');
    const log = pinoLogger({ level: 'info', destination, redact: [] }, { nodeId: 'n' });
    for (let round = 1; round <= 20; round++) {
      log.info({ round }, 'a line');
      await log.flush();
      expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(round);
    }
    closeSync(destination);
    rmSync(file);
  });
});
