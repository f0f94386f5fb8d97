import { describe, expect, test } from 'vitest';
import { idOf, secretBytes, signatureOf } from '../../../src/console/notify/signature.ts';

describe('the signature of a webhook', () => {
  test('is that of the example that the scheme is published with', () => {
    const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
    const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(signatureOf(signed, secret)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('takes a secret that is not Base64 as it is', () => {
    expect(secretBytes('sixteen letters!').toString()).toBe('sixteen letters!');
  });

  test('has an id without the dot that separates it from the rest', () => {
    expect(idOf('failed p/s.x 1')).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(idOf('a')).toBe(idOf('a'));
    expect(idOf('a')).not.toBe(idOf('b'));
  });
});
