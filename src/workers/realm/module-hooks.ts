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
