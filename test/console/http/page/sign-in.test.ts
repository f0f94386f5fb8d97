import { expect, test } from 'vitest';
import { consoleApp } from '../../../../src/console/http/console-app.ts';
import { tokenGate } from '../../../../src/console/http/gates/token-gate.ts';
import type { SchedulerSource } from '../../../../src/console/scheduler-source.ts';

test('a page of another site cannot lock its visitor out with pictures of the console', async () => {
  const app = consoleApp({
    source: {} as SchedulerSource,
    isReadOnly: true,
    gate: tokenGate('the token', { name: 'console', canAct: false }, () => 1),
    readPage: async () => null,
    basePath: '',
  });
  const ask = (path: string, headers: Readonly<Record<string, string>>) =>
    app.answer(new Request(`http://localhost:8080${path}`, { headers }), '127.0.0.1');
  for (let index = 0; index < 20; index += 1) {
    const picture = await ask('/?token=wrong', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' });
    expect(picture.status).toBe(401);
  }
  const visit = await ask('/?token=the%20token', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' });
  expect(visit.status).toBe(303);
});
