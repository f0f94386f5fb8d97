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
});
