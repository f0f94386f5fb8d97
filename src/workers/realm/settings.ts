/**
 * How builtin modules are set for everybody in a thread: their agents, their name servers, their defaults. A plugin may
 * set them while it is loaded.
 */
import { EventEmitter } from 'node:events';

interface Setting {
  /** The builtin module that has it. */
  readonly id: string;
  readonly name: string;
  read(): unknown;
  write(value: unknown): void;
  /** What it is while nobody has set it, where that can be known. */
  initial?(): unknown;
}

/** What `node:http` and `node:https` have in common here. */
interface AgentModule {
  readonly globalAgent: Readonly<Record<AgentOption, number>>;
  readonly Agent: new () => Readonly<Record<AgentOption, number>>;
}

type AgentOption = (typeof AGENT_OPTIONS)[number];

const { getBuiltinModule } = process;
const dns = () => getBuiltinModule('node:dns');
const net = () => getBuiltinModule('node:net');
const AGENT_OPTIONS = ['maxSockets', 'maxTotalSockets', 'maxFreeSockets'] as const;

const SETTINGS: readonly Setting[] = [
  ...agentSettings('http'),
  ...agentSettings('https'),
  {
    id: 'dns',
    name: 'dns.setServers()',
    read: () => dns().getServers().join(),
    write: (value) => dns().setServers(String(value).split(',')),
    initial: () => new (dns().Resolver)().getServers().join(),
  },
  {
    id: 'dns',
    name: 'dns.setDefaultResultOrder()',
    read: () => dns().getDefaultResultOrder(),
    write: (value) => dns().setDefaultResultOrder(value as 'verbatim'),
  },
  {
    id: 'net',
    name: 'net.setDefaultAutoSelectFamily()',
    read: () => net().getDefaultAutoSelectFamily(),
    write: (value) => net().setDefaultAutoSelectFamily(value as boolean),
  },
  {
    id: 'net',
    name: 'net.setDefaultAutoSelectFamilyAttemptTimeout()',
    read: () => net().getDefaultAutoSelectFamilyAttemptTimeout(),
    write: (value) => net().setDefaultAutoSelectFamilyAttemptTimeout(value as number),
  },
  ...(['captureRejections', 'defaultMaxListeners'] as const).map(
    (key): Setting => ({
      id: 'events',
      name: `events.${key}`,
      read: () => EventEmitter[key],
      write: (value) => void Reflect.set(EventEmitter, key, value),
    }),
  ),
];

function agentSettings(id: 'http' | 'https'): readonly Setting[] {
  const builtin = () => getBuiltinModule(`node:${id}`) as unknown as AgentModule;
  const agent: Setting = {
    id,
    name: `${id}.globalAgent`,
    read: () => builtin().globalAgent,
    write: (value) => void Reflect.set(builtin(), 'globalAgent', value),
  };
  const options = AGENT_OPTIONS.map(
    (key): Setting => ({
      id,
      name: `${id}.globalAgent.${key}`,
      read: () => builtin().globalAgent[key],
      write: (value) => void Reflect.set(builtin().globalAgent, key, value),
      initial: () => new (builtin().Agent)()[key],
    }),
  );
  return [agent, ...options];
}

export class Settings {
  #noted: { readonly setting: Setting; readonly value: unknown }[] = [];

  /** From now on the settings of these builtin modules are how things are. */
  accept(ids: ReadonlySet<string>): void {
    this.#noted = SETTINGS.filter(({ id }) => ids.has(id)).map((setting) => ({ setting, value: setting.read() }));
  }

  /** A run has loaded these first. Returns the name of the first setting that is not as Node makes it. */
  add(ids: readonly string[]): string | null {
    const fresh = SETTINGS.filter(({ id }) => ids.includes(id));
    for (const setting of fresh) this.#noted.push({ setting, value: (setting.initial ?? setting.read)() });
    return fresh.length === 0 ? null : this.restore();
  }

  /** Puts back what was set. Returns the name of the first; null when everything is as it was. */
  restore(): string | null {
    const changed = this.#noted.filter(({ setting, value }) => setting.read() !== value);
    for (const { setting, value } of changed) setting.write(value);
    return changed[0]?.setting.name ?? null;
  }
}
