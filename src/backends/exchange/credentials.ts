import type { Clock } from '../../supervisor/ports/clock.ts';
import { within } from '../../supervisor/ports/within.ts';
import { givenBy, type UserModule } from '../options/user-module.ts';

/** How to log in. */
export interface Login {
  /** Default: the user of the URL. */
  readonly user?: string;
  readonly password: string;
}

/** Less than any call waits, so that the reason of a call that fails says whose fault it is. */
const LIMIT_MS = 2_500;
/** A connection may fail long after a later one was given another password. */
const MAX_SECRETS = 16;

/** The credentials that a function of the user's module returns, for example a token that is valid for minutes. */
export class Credentials {
  readonly #module: UserModule;
  readonly #clock: Clock;
  #secrets: readonly string[] = [];

  constructor(module: UserModule, clock: Clock) {
    this.#module = module;
    this.#clock = clock;
  }

  /** Asks the function again. Rejects when it throws, does not answer in time, or returns something else. */
  async fresh(): Promise<Login> {
    const asked = givenBy(this.#module, { option: 'credentials', what: 'an object { user?, password }', is: isLogin });
    const { value } = await within(this.#clock, asked, {
      limitMs: LIMIT_MS,
      who: 'the function of option credentials',
    });
    // Read once: what a getter returns next time may be something else.
    const { user, password } = value;
    this.#secrets = [secretUrl(password), ...this.#secrets].slice(0, MAX_SECRETS);
    return user === undefined ? { password } : { user, password };
  }

  /** URLs with the passwords of late, which no message may show. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }
}

/** A URL that has nothing but this password. */
export function secretUrl(password: string): string {
  return `secret://:${encodeURIComponent(password.toWellFormed())}@`;
}

function isLogin(value: unknown): value is Login {
  if (typeof value !== 'object' || value === null) return false;
  const { user, password } = value as { readonly user?: unknown; readonly password?: unknown };
  return (user === undefined || isText(user)) && isText(password);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}
