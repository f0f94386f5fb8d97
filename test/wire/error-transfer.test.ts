import { describe, expect, test } from 'vitest';
import { InvalidExpressionError, PluginsRefusedError, UnknownScheduleError } from '../../src/errors.ts';
import { fromWireFault, toWireFault } from '../../src/wire/error-transfer.ts';

const across = (error: unknown): Error => fromWireFault(structuredClone(toWireFault(error)));

describe('errors between host and supervisor', () => {
  test('keep class, code, message and fields', () => {
    const error = across(new UnknownScheduleError('p/s', ''));
    expect(error).toBeInstanceOf(UnknownScheduleError);
    expect(error).toMatchObject({ name: 'UnknownScheduleError', code: 'ERR_ESCAPEMENT_UNKNOWN_SCHEDULE', key: 'p/s' });
    expect(error.stack).toContain('Schedule "p/s" is unknown');
  });

  test('keep the errors that they are made of', () => {
    const error = across(new PluginsRefusedError([new InvalidExpressionError('x', 'no'), new TypeError('other')]));
    expect(error).toBeInstanceOf(PluginsRefusedError);
    const { errors } = error as PluginsRefusedError;
    expect(errors[0]).toBeInstanceOf(InvalidExpressionError);
    expect(errors[0]).toMatchObject({ expression: 'x', reason: 'no' });
    expect(errors[1]).toMatchObject({ name: 'TypeError', message: 'other' });
  });

  test('keep what is known of an error of another kind', () => {
    expect(across(new RangeError('far'))).toMatchObject({ name: 'RangeError', message: 'far' });
    expect(across('just text').message).toContain('just text');
  });

  test('are bounded when they contain themselves, and when there are many of them', () => {
    const error = new PluginsRefusedError([]);
    (error.errors as Error[]).push(error, ...Array.from({ length: 1_000 }, () => new UnknownScheduleError('p/s', '')));
    expect((across(error) as PluginsRefusedError).errors).toHaveLength(100);
  });

  test('keep what can cross of a field, and describe the rest', () => {
    const error = Object.assign(new UnknownScheduleError('p/s', ''), {
      key: 'x'.repeat(10_000_000),
      problems: ['one', { two: 2 }, ...new Array(1_000_000)],
      callback: () => {},
      when: new Date(0),
    });
    Object.defineProperty(error, 'getter', { enumerable: true, get: () => expect.unreachable() });
    const fields = across(error) as unknown as Record<string, unknown>;
    expect(fields['key']).toMatch(/^x{4096}… \(9995904 more characters\)$/);
    expect(fields['problems']).toHaveLength(100);
    expect((fields['problems'] as unknown[]).slice(0, 2)).toEqual(['one', '{ two: 2 }']);
    expect(fields['callback']).toBe('[Function]');
    expect(fields['when']).toBe('{}');
  });

  test('are not asked when they are a Proxy', () => {
    expect(across(new Proxy(new UnknownScheduleError('p/s', ''), {})).message).toContain('a Proxy was thrown');
  });
});
