import { channel } from 'node:diagnostics_channel';
import module, { syncBuiltinESMExports } from 'node:module';

/** What `registerHooks()` returns, where Node has it. */
interface Hooks {
  deregister(): void;
}

type Register = (...args: unknown[]) => unknown;

/**
 * Follows the hooks that decide what every later import in this thread gets, of whichever plugin. Node does not list
 * them.
 */
export class ModuleHooks {
  readonly #removable = new Set<Hooks>();
  #lastingCount = 0;
  #acceptedLastingCount = 0;
  #accepted: ReadonlySet<Hooks> = new Set();

  /** Make it before a plugin is loaded. */
  constructor() {
    const registrars = module as unknown as { registerHooks?: Register; register?: Register };
    const { registerHooks, register } = registrars;
    if (registerHooks !== undefined) {
      registrars.registerHooks = (...args) => this.#follow(registerHooks.apply(module, args) as Hooks);
    }
    if (register !== undefined) {
      registrars.register = (...args) => {
        this.#lastingCount += 1;
        return register.apply(module, args);
      };
    }
    syncBuiltinESMExports();
  }

  /** The hooks of now are how things are. */
  accept(): void {
    this.#accepted = new Set(this.#removable);
    this.#acceptedLastingCount = this.#lastingCount;
  }

  /** Removes the hooks that a run has added, as far as they can be. Returns their name, or null when it has added none. */
  restore(): string | null {
    const added = [...this.#removable].filter((hooks) => !this.#accepted.has(hooks));
    for (const hooks of added) {
      this.#removable.delete(hooks);
      hooks.deregister();
    }
    const isChanged = added.length > 0 || this.#lastingCount !== this.#acceptedLastingCount;
    return isChanged ? 'the hooks of node:module' : null;
  }

  #follow(hooks: Hooks): Hooks {
    this.#removable.add(hooks);
    return {
      deregister: () => {
        this.#removable.delete(hooks);
        hooks.deregister();
      },
    };
  }
}

/** One that hears what is published in a channel, or a store that is bound to it. */
interface Subscription {
  readonly on: Channel;
  readonly who: unknown;
  /** The method of the channel that ends it. */
  readonly end: 'unsubscribe' | 'unbindStore';
}

type Method = (this: Channel, ...args: unknown[]) => unknown;

interface Channel {
  unsubscribe: Method;
  unbindStore: Method;
}

const ENDS = { subscribe: 'unsubscribe', bindStore: 'unbindStore' } as const;

/** Follows who subscribes to the channels of `node:diagnostics_channel`. They are called within the work of every plugin. */
export class Subscriptions {
  #present: Subscription[] = [];
  #accepted: readonly Subscription[] = [];

  /** Make it before a plugin is loaded. */
  constructor() {
    const probe = channel('escapement:probe');
    const none = (): void => {};
    // A channel with a subscriber has another prototype, whose methods those of all channels call.
    probe.subscribe(none);
    const methods = Object.getPrototypeOf(probe) as Record<string, Method>;
    probe.unsubscribe(none);
    for (const [begin, end] of Object.entries(ENDS)) this.#follow(methods, begin, end);
  }

  /** The subscriptions of now are how things are. */
  accept(): void {
    this.#accepted = this.#present;
  }

  /** Ends the subscriptions that a run has left. Returns the name of the first channel, or null when it has left none. */
  restore(): string | null {
    if (this.#present === this.#accepted) return null;
    const added = this.#present.filter((each) => !this.#accepted.includes(each));
    for (const { on, who, end } of added) on[end](who);
    this.#accepted = this.#present;
    if (added[0] === undefined) return null;
    const { name } = added[0].on as unknown as { readonly name: string | symbol };
    return `the subscribers of the diagnostics channel ${String(name)}`;
  }

  #follow(methods: Record<string, Method>, begin: string, end: Subscription['end']): void {
    const [began, ended] = [methods[begin], methods[end]];
    if (began === undefined || ended === undefined) return;
    const add = (on: Channel, who: unknown): void => {
      this.#present = [...this.#present, { on, who, end }];
    };
    const remove = (on: Channel, who: unknown): void => this.#remove({ on, who, end });
    Object.defineProperties(methods, {
      [begin]: methodOf(function (...args) {
        const answer = began.apply(this, args);
        add(this, args[0]);
        return answer;
      }),
      [end]: methodOf(function (...args) {
        remove(this, args[0]);
        return ended.apply(this, args);
      }),
    });
  }

  #remove({ on, who, end }: Subscription): void {
    const isIt = (each: Subscription): boolean => each.on === on && each.who === who && each.end === end;
    const place = this.#present.findIndex(isIt);
    if (place !== -1) this.#present = this.#present.toSpliced(place, 1);
  }
}

function methodOf(value: Method): PropertyDescriptor {
  return { value, writable: true, configurable: true, enumerable: false };
}
