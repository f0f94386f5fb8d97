import { BackendError } from '../../errors.ts';

/** A call to a database server failed. The message is for people, and never holds a password. */
export class ServerFault extends Error {
  /** Why it failed, without the server's name. */
  readonly reason: string;
  /** True: nobody knows whether the call was carried out. False: it was not. */
  readonly isUnknown: boolean;

  constructor(server: string, reason: string, options: ErrorOptions & { readonly isUnknown: boolean }) {
    super(`${server}: ${reason}`, options);
    this.reason = reason;
    this.isUnknown = options.isUnknown;
  }

  override get name(): string {
    return 'ServerFault';
  }
}

/** What a backend that cannot be opened rejects with: a `BackendError` for a fault, anything else as it was thrown. */
export function backendErrorOf(backend: string, thrown: unknown): unknown {
  return thrown instanceof ServerFault ? new BackendError(backend, thrown.reason, { cause: thrown }) : thrown;
}
