import { ServerFault } from '../exchange/server-fault.ts';

/** A call to Redis failed. It has no cause: a driver's error may hold the command that failed, and that may be AUTH. */
export class RedisFault extends ServerFault {
  constructor(reason: string, options: { readonly isUnknown: boolean }) {
    super('Redis', reason, options);
  }

  override get name(): string {
    return 'RedisFault';
  }
}
