/**
 * Four real processes on a real backend, through storms and calms: `npm run soak:nodes -- --backend redis --storms 2`.
 * Backends are redis, postgres, sqlite and postgres-store; without `--backend` each of them in turn.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { auditCampaign } from './nodes/audit.ts';
import { BACKENDS, type BackendName, startBackends } from './nodes/backends.ts';
import { runCampaign } from './nodes/campaign.ts';

const { values } = parseArgs({
  options: {
    backend: { type: 'string' },
    storms: { type: 'string', default: '1' },
    schedules: { type: 'string', default: '50' },
  },
});
const chosen = values.backend === undefined ? BACKENDS : [values.backend as BackendName];
for (const name of chosen) {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-nodes-'));
  const backends = await startBackends(name, folder);
  const startedAtMs = performance.now();
  try {
    const schedules = Number(values.schedules);
    const campaign = await runCampaign({ folder, backends, schedules, storms: Number(values.storms) });
    const { problems: found, ...figures } = auditCampaign(campaign, {
      schedules,
      isTimed: true,
      isStoreShared: backends.audit !== undefined,
    });
    const problems = [...found, ...((await backends.audit?.()) ?? [])];
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
    console.log(`${name}: ${seconds} s, ${JSON.stringify(figures)}`);
    for (const problem of problems) console.log(`PROBLEM ${problem}`);
    console.log(`${problems.length} problems${problems.length > 0 ? `, left in ${folder}` : ''}`);
    if (problems.length > 0) process.exitCode = 1;
    else rmSync(folder, { recursive: true });
  } finally {
    await backends.stop();
  }
}
