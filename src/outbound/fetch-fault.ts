import type { FetchRefusal } from '../supervisor/ports/fetcher.ts';

/** Why a request has no answer, as the plugin is told. */
export class FetchFault extends Error {
  override readonly name = 'FetchFault';
  readonly fault: FetchRefusal['fault'];

  constructor(fault: FetchRefusal['fault'], reason: string) {
    super(reason);
    this.fault = fault;
  }
}
