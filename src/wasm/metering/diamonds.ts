/**
 * Ways that part and join again after a few instructions. Engines compile them without a branch if nothing else is in
 * them, and a wrong guess of a branch costs more than many instructions. So what such ways pay is chosen by their
 * condition, before they part.
 */
import { OP } from '../binary/opcodes.ts';
import { FLOW, type FlowEvent, type FunctionFlow } from './flow.ts';

/** The most instructions on such a way. */
const MAX_STRAIGHT = 12;

/** Moves the charges of such ways to where they part. Returns whether there are any. */
export function chargeDiamonds(bytes: Uint8Array, { events }: FunctionFlow): boolean {
  let isAny = false;
  for (const [index, event] of events.entries()) {
    if (!joinsAgain(bytes, events, index)) continue;
    const other = event.kind === FLOW.if ? event.block.otherCharge : 0;
    // A branch that is taken is paid for; the charge is that of the other way.
    const [whenTrue, whenFalse] = event.kind === FLOW.if ? [event.charge, other] : [0, event.charge];
    if (whenTrue === whenFalse) continue;
    event.chosen = { whenTrue, whenFalse };
    event.charge = 0;
    if (event.kind === FLOW.if) event.block.otherCharge = 0;
    isAny = true;
  }
  return isAny;
}

function joinsAgain(bytes: Uint8Array, events: readonly FlowEvent[], index: number): boolean {
  const event = events[index] as FlowEvent;
  if (event.kind === FLOW.if) {
    const end = index + (event.block.hasElse ? 2 : 1);
    return events[end]?.block === event.block && isShort(events, index + 1, end);
  }
  if (event.kind !== FLOW.brIf || bytes[event.start] !== OP.brIf) return false;
  const next = events[index + 1];
  return next?.kind === FLOW.end && next.block === event.targets[0] && isShort(events, index + 1, index + 1);
}

/** Whether nothing but `else` and `end` is between two events, and few instructions that cost something are. */
function isShort(events: readonly FlowEvent[], from: number, to: number): boolean {
  for (let index = from; index <= to; index += 1) {
    const event = events[index];
    if (event === undefined || event.straight > MAX_STRAIGHT) return false;
    if (event.kind !== FLOW.else && event.kind !== FLOW.end) return false;
  }
  return true;
}
