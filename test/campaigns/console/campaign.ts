/** Attacks the consoles of a process one by one, and looks after each what it has done. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Attack, requestText, SECRET, sendBytes, statusesIn, type Target, type TargetName } from './attack.ts';
import { BODY_ATTACKS } from './body-attacks.ts';
import { FLOOD_ATTACKS } from './flood-attacks.ts';
import { ORIGIN_ATTACKS } from './origin-attacks.ts';
import { PATH_ATTACKS } from './path-attacks.ts';
import { SCRIPT_ATTACKS } from './script-attacks.ts';
import { TOKEN_ATTACKS } from './token-attacks.ts';
import { WIRE_ATTACKS } from './wire-attacks.ts';

/** Token guesses lock the address out for a minute, so they come last. */
export const ATTACKS: readonly Attack[] = [
  ...PATH_ATTACKS,
  ...ORIGIN_ATTACKS,
  ...BODY_ATTACKS,
  ...WIRE_ATTACKS,
  ...SCRIPT_ATTACKS,
  ...FLOOD_ATTACKS,
  ...TOKEN_ATTACKS,
];

export type Harm = 'got in' | 'changed state' | 'crashed' | 'other';

export interface AttackResult {
  readonly attack: Attack;
  readonly harms: readonly { readonly harm: Harm; readonly what: string }[];
}

interface Looked {
  readonly state: string;
  readonly faults: readonly string[];
}

export async function attackAll(
  attacks: readonly Attack[],
  onResult: (result: AttackResult) => void = () => {},
): Promise<AttackResult[]> {
  let target = await TargetProcess.start();
  const results: AttackResult[] = [];
  try {
    for (const attack of attacks) {
      const result = { attack, harms: await harmsOf(attack, target) };
      results.push(result);
      onResult(result);
      if (!target.isAlive || result.harms.length > 0) {
        await target.stop();
        target = await TargetProcess.start();
      }
    }
  } finally {
    await target.stop();
  }
  return results;
}

async function harmsOf(attack: Attack, process: TargetProcess): Promise<AttackResult['harms']> {
  const before = await process.look();
  const target = process.target(attack.on);
  const answers = await attack.send(target);
  const harms: AttackResult['harms'][number][] = [];
  const intrusion = intrusionIn(attack, answers);
  if (intrusion !== null) harms.push({ harm: 'got in', what: intrusion });
  const other = attack.judge?.(answers) ?? null;
  if (other !== null) harms.push({ harm: 'other', what: other });
  const after = process.isAlive ? await process.look() : null;
  if (after === null) return [...harms, { harm: 'crashed', what: 'the process ended' }];
  if (after.state !== before.state) harms.push({ harm: 'changed state', what: `${before.state} → ${after.state}` });
  for (const fault of after.faults.slice(before.faults.length)) harms.push({ harm: 'crashed', what: fault });
  const health = await sendBytes(target, requestText(target, { path: '/healthz' }));
  if (statusesIn(health)[0] !== 200) harms.push({ harm: 'crashed', what: `it is not healthy: ${health.slice(0, 80)}` });
  return harms;
}

/** What an answer shows that nobody may see who is not let in. */
function intrusionIn({ on, judge }: Attack, answers: string): string | null {
  if (answers.includes(SECRET) || /^root:/m.test(answers)) return 'it read a file';
  if (on !== 'token' && on !== 'mounted') return null;
  if (/"(?:scheduleCount|schedules|runId|openapi)"/.test(answers)) return 'it was answered';
  const isIn = /^HTTP\/1\.1 (?:2\d\d|303)/m.test(answers) && !answers.includes('isAlive') && judge === undefined;
  return isIn ? `status ${statusesIn(answers).join(', ')}` : null;
}

class TargetProcess {
  readonly #child: ChildProcess;
  readonly #urls: Readonly<Record<TargetName, string>>;

  private constructor(child: ChildProcess, urls: Readonly<Record<TargetName, string>>) {
    this.#child = child;
    this.#urls = urls;
  }

  static async start(): Promise<TargetProcess> {
    const child = fork(fileURLToPath(new URL('target-process.ts', import.meta.url)), {
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const [{ urls }] = (await once(child, 'message')) as [{ urls: Readonly<Record<TargetName, string>> }];
    return new TargetProcess(child, urls);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.connected;
  }

  target(name: TargetName): Target {
    const { host, hostname, port } = new URL(this.#urls[name]);
    return { host, hostname, port: Number(port) };
  }

  async look(): Promise<Looked> {
    this.#child.send('state');
    const [looked] = (await once(this.#child, 'message')) as [Looked];
    return looked;
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.#child, 'exit');
    this.#child.send('stop');
    await ended;
  }
}

/** What came of it, by kind. */
export function tableOf(results: readonly AttackResult[]): string {
  const kinds = [...new Set(results.map(({ attack }) => attack.kind))];
  const row = (name: string, of: readonly AttackResult[]): string => {
    const counts = (['got in', 'changed state', 'crashed', 'other'] as const).map(
      (harm) => of.filter(({ harms }) => harms.some((one) => one.harm === harm)).length,
    );
    return `${name.padEnd(16)}${String(of.length).padStart(8)}${counts.map((count) => String(count).padStart(15)).join('')}`;
  };
  return [
    `${''.padEnd(16)}${'inputs'.padStart(8)}${['got in', 'changed state', 'crashed', 'other'].map((name) => name.padStart(15)).join('')}`,
    ...kinds.map((kind) =>
      row(
        kind,
        results.filter(({ attack }) => attack.kind === kind),
      ),
    ),
    row('all', results),
  ].join('\n');
}
