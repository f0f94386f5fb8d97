import { EscapementError } from '../../errors.ts';
import { sentence } from '../printable.ts';

/**
 * Why a call of a built-in function rejects. `invalid`: the arguments are wrong, and always will be. `denied`: the plugin
 * was not granted it. `limit`: a quota or a rate is used up. `failed`: the store or the network failed, and trying again
 * may help.
 */
export type HostCallFault = 'invalid' | 'denied' | 'limit' | 'failed';

const CODES: Readonly<Record<HostCallFault, string>> = {
  invalid: 'ERR_ESCAPEMENT_CALL_INVALID',
  denied: 'ERR_ESCAPEMENT_CALL_DENIED',
  limit: 'ERR_ESCAPEMENT_CALL_LIMIT',
  failed: 'ERR_ESCAPEMENT_CALL_FAILED',
};
const MAX_NAME_LENGTH = 64;

/** A plugin's call of a function of the host was refused, or failed. In the plugin it has the `code` and the message. */
export class HostCallError extends EscapementError {
  /** The function, as `kv.set`. */
  readonly functionName: string;
  /** Why the call was refused. */
  readonly fault: HostCallFault;

  constructor(functionName: string, fault: HostCallFault, reason: string, options?: ErrorOptions) {
    super(CODES[fault], sentence(`${functionName.slice(0, MAX_NAME_LENGTH)}: ${reason}`), options);
    this.functionName = functionName;
    this.fault = fault;
  }
}
