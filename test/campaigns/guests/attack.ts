/** What a hostile guest tries, in the words in which the campaign tells of it. */
import { FREE_AT, type GuestText, text } from '../../support/guest-text.ts';

/** What the guest is granted. `narrow`: one URL, one namespace, one folder and one function. */
export type Grant = 'nothing' | 'narrow';

/** What surrounds the guest, as far as an attack has to name it. */
export interface Surroundings {
  /** The port of the server of which `/allowed/` is granted, and of one of which nothing is. */
  readonly port: number;
  readonly otherPort: number;
  /** Folders with a file: one is granted, and the other has a secret. */
  readonly openFolder: string;
  readonly closedFolder: string;
}

export interface Attack {
  readonly kind: string;
  readonly name: string;
  readonly grant: Grant;
  /** It must not even be installed. */
  readonly isRefused?: boolean;
  /** Bytes for what has no text. */
  readonly guest: (around: Surroundings) => GuestText | Uint8Array;
  /**
   * What the guest may read without harm, as the answer of a call: by default nothing, so that the attack has succeeded
   * with any answer at all.
   */
  readonly harmless?: RegExp;
}

type Arguments = unknown | ((around: Surroundings) => unknown);

/** The guest calls a function of the host with these arguments, as JSON or a text as it is, and logs the answer. */
export function calling(name: string, given: Arguments): Attack['guest'] {
  return (around) => {
    const args = typeof given === 'function' ? (given as (around: Surroundings) => unknown)(around) : given;
    const { data, put } = text(FREE_AT, typeof args === 'string' ? args : JSON.stringify(args));
    return {
      imports: `${imported('extism:host/user', name, '(param i64) (result i64)')} ${LOG_WARN}`,
      memory: '4',
      more: data,
      run: `(local.set $a (call $f ${put}))
        (if (i64.eqz (local.get $a))
          (then (call $log_warn (call $error_get)))
          (else (call $log_info (local.get $a))))
        (i32.const 0)`,
    };
  };
}

export function imported(module: string, name: string, type: string): string {
  return `(import "${module}" "${name}" (func $f ${type}))`;
}

/** What is refused is logged as a warning; what a guest got out of the host, as information. */
const LOG_WARN = '(import "extism:host/env" "log_warn" (func $log_warn (param i64)))';

/** Attacks of one kind, each by its name. */
export function attacksOf(
  kind: string,
  grant: Grant,
  guests: Readonly<Record<string, Attack['guest']>>,
  more: Pick<Attack, 'isRefused' | 'harmless'> = {},
): Attack[] {
  return Object.entries(guests).map(([name, guest]) => ({ kind, name, grant, guest, ...more }));
}
