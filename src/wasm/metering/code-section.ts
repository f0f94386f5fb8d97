import { ByteReader } from '../binary/byte-reader.ts';
import { ByteWriter } from '../binary/byte-writer.ts';
import type { ModuleLayout } from '../binary/layout.ts';
import type { Section } from '../binary/sections.ts';
import { skipValueType } from '../binary/value-types.ts';
import { WasmError } from '../wasm-error.ts';
import { BodyReader } from './body-reader.ts';
import { chooseCaching } from './caching.ts';
import { chargeDiamonds } from './diamonds.ts';
import type { FunctionFlow } from './flow.ts';
import type { FuelPlaces } from './fuel-code.ts';
import { MeteredBody } from './metered-body.ts';
import { placeCharges } from './potentials.ts';

/** What engines allow: locals of a function with its parameters, and bytes of a function. */
const MAX_LOCALS = 50_000;
const MAX_FUNCTION_BYTES = 7_654_321;

const I32 = 0x7f;
const I64 = 0x7e;

/** The local variables of a function, beside its parameters. */
interface Locals {
  readonly groups: number;
  /** Where the groups are in the file. */
  readonly start: number;
  readonly end: number;
  /** How many there are, with the parameters. */
  readonly count: number;
}

/** The section of code with charges. The global with the index `layout.globals` is to hold the fuel. */
export function meterCode(bytes: Uint8Array, { start, end }: Section, layout: ModuleLayout): Uint8Array {
  const reader = new ByteReader(bytes, start, end);
  const count = reader.u32();
  if (count !== layout.functions.length) {
    throw new WasmError(`${layout.functions.length} functions are declared, and ${count} have code`, start);
  }
  const out = new ByteWriter();
  const body = new ByteWriter();
  out.unsigned(count);
  for (const type of layout.functions) {
    const from = reader.at;
    body.clear();
    meterFunction(reader.part(reader.u32()), layout.types[type]?.count ?? 0, layout, body);
    if (body.length > MAX_FUNCTION_BYTES) throw new WasmError('a function is too large to be metered', from);
    out.sized(body.view());
  }
  if (!reader.isAtEnd) throw new WasmError('the section of code is longer than what it holds', reader.at);
  return out.view();
}

function meterFunction(reader: ByteReader, parameters: number, layout: ModuleLayout, out: ByteWriter): void {
  const locals = readLocals(reader, parameters);
  const { at: start, bytes } = reader;
  const flow = new BodyReader(reader, layout, locals.count).read();
  const startCharge = placeCharges(flow);
  const hasChoices = chargeDiamonds(bytes, flow);
  chooseCaching(flow);
  const places = writeLocals(bytes, locals, addedLocals(flow, hasChoices), layout.globals, out);
  new MeteredBody(bytes, start, out, places).write(flow, startCharge);
}

function readLocals(reader: ByteReader, parameters: number): Locals {
  const at = reader.at;
  const groups = reader.u32();
  const start = reader.at;
  let count = parameters;
  for (let left = groups; left > 0; left -= 1) {
    count += reader.u32();
    skipValueType(reader);
  }
  // Two or three are added.
  if (count > MAX_LOCALS - 3) throw new WasmError(`a function has ${count} locals, too many to be metered`, at);
  return { groups, start, end: reader.at, count };
}

/** The types of the locals that charges need: the fuel, and a count or a condition of either width. */
function addedLocals({ events }: FunctionFlow, hasChoices: boolean): readonly number[] {
  const counts = events.flatMap(({ moving }) => (moving === null ? [] : [moving.isWide]));
  const types = [I64];
  if (hasChoices || counts.includes(false)) types.push(I32);
  if (counts.includes(true)) types.push(I64);
  return types;
}

/** Adds locals behind those of the function. */
function writeLocals(
  bytes: Uint8Array,
  { groups, start, end, count }: Locals,
  added: readonly number[],
  global: number,
  out: ByteWriter,
): FuelPlaces {
  out.unsigned(groups + added.length);
  out.copy(bytes, start, end);
  for (const type of added) {
    out.unsigned(1);
    out.byte(type);
  }
  return { global, local: count, narrowCount: count + added.indexOf(I32), wideCount: count + added.length - 1 };
}
