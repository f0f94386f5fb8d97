import { describe, onTestFinished, test } from 'vitest';
import { MessageMaker } from './messages/message-maker.ts';
import { operatorTarget, sourceTarget } from './messages/operator-targets.ts';
import { backendTarget, hostTarget, supervisorTarget } from './messages/targets.ts';

const STORM = 5_000;

// An exception that nobody catches fails the test too.
describe('a storm of random and nearly right messages', { timeout: 120_000 }, () => {
  test.each([
    ['the host, to the supervisor', supervisorTarget, 45_000],
    ['the supervisor, to the host', hostTarget, 45_000],
    ['an operator, to the supervisor', operatorTarget, 10_000],
    ['the supervisor, to the console', sourceTarget, 45_000],
    ['a store and a lock backend, to the supervisor', backendTarget, 10_000],
  ] as const)('of %s, is survived, and a right one is still answered', async (_, open, messages) => {
    const target = await open(new MessageMaker(7));
    onTestFinished(() => target.close());
    for (let sent = 0; sent < messages; sent += STORM) {
      await target.storm(STORM);
      await target.check();
    }
  });
});
