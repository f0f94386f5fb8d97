import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { machineDiagramPage } from '../../scripts/machine-diagram.ts';

describe('docs/schedule-machine.md', () => {
  test('shows the machine as it is', async () => {
    const page = await readFile(new URL('../../docs/schedule-machine.md', import.meta.url), 'utf8');
    expect(page, 'run npm run docs:diagram').toBe(machineDiagramPage());
  });
});
