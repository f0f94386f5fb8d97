/** Changes of one plugin that are asked for at the same time end as if they had been asked for one after the other. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Scheduler } from '../../src/index.ts';
import { GuestFolder } from '../support/guest-text.ts';
import { newScheduler, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

interface Version {
  readonly name?: string;
  readonly schedules: readonly string[];
}

async function write(file: string, { name = 'p', schedules }: Version): Promise<string> {
  const declared = JSON.stringify(schedules.map((id) => ({ id, cron: '@yearly' })));
  await writeFile(file, `export default { name: '${name}', schedules: () => ${declared}, run: () => {} };`);
  return file;
}

async function state(scheduler: Scheduler): Promise<{ plugins: string[]; keys: string[] }> {
  const [{ plugins }, schedules] = await Promise.all([scheduler.manifest(), scheduler.schedules()]);
  return { plugins: plugins.map(({ name }) => name), keys: schedules.map(({ key }) => key).sort() };
}

describe('changes of a plugin at the same time', { timeout: 60_000 }, () => {
  test('two reloads both count, and the second reports what it has changed itself', async () => {
    const file = await write(join(temporaryFolder(), 'p.mjs'), { schedules: ['a'] });
    const scheduler = await startScheduler({ plugins: [file] });
    await write(file, { schedules: ['a', 'b'] });
    const [first, second] = await Promise.all([scheduler.reload('p'), scheduler.reload('p')]);
    expect(first).toMatchObject({ added: ['p/b'], unchanged: ['p/a'] });
    expect(second).toMatchObject({ added: [], unchanged: ['p/a', 'p/b'] });
  });

  test('two reloads give up each version that was replaced, once', async () => {
    const folder = new GuestFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const module = folder.add({ more: '(func (export "cleanup") (result i32) (unreachable))' });
    const scheduler = await startScheduler({ plugins: [module] });
    const failed: string[] = [];
    const bothFailed = new Promise<void>((resolve) => {
      scheduler.on('warning', ({ code }) => {
        if (code === 'cleanup-failed') failed.push(code);
        if (failed.length === 2) resolve();
      });
    });
    await Promise.all([scheduler.reload('guest'), scheduler.reload('guest')]);
    await bothFailed;
    await scheduler.uninstall('guest');
    expect(await state(scheduler)).toEqual({ plugins: [], keys: [] });
  });

  test('what is uninstalled after a reload was asked for does not come back', async () => {
    const file = await write(join(temporaryFolder(), 'p.mjs'), { schedules: ['a'] });
    const scheduler = await startScheduler({ plugins: [file] });
    await Promise.all([scheduler.reload('p'), scheduler.uninstall('p')]);
    expect(await state(scheduler)).toEqual({ plugins: [], keys: [] });
    const [removal, reload] = await Promise.allSettled([scheduler.uninstall('p'), scheduler.reload('p')]);
    expect([removal.status, reload.status]).toEqual(['rejected', 'rejected']);
  });

  test('what is uninstalled while its schedules are added leaves none of them', async () => {
    const schedules = Array.from({ length: 4_000 }, (_, index) => `s${index}`);
    const file = await write(join(temporaryFolder(), 'p.mjs'), { schedules });
    const scheduler = await startScheduler({});
    const installing = scheduler.install(file);
    const uninstalled = async (): Promise<boolean> => {
      try {
        await scheduler.uninstall('p');
        return true;
      } catch {
        return false;
      }
    };
    while (!(await uninstalled()));
    expect(await installing).toHaveLength(schedules.length);
    expect(await state(scheduler)).toEqual({ plugins: [], keys: [] });
  });

  test('a new version whose name is taken for one of its tenants changes nothing for the others', async () => {
    const folder = temporaryFolder();
    const file = await write(join(folder, 'p.mjs'), { schedules: ['a'] });
    const taken = await write(join(folder, 'q.mjs'), { name: 'q', schedules: ['a'] });
    const scheduler = await startScheduler({
      plugins: [
        { module: file, tenantId: 'acme' },
        { module: file, tenantId: 'beta' },
        { module: taken, tenantId: 'beta' },
      ],
    });
    const before = await state(scheduler);
    await write(file, { name: 'q', schedules: ['a'] });
    await expect(scheduler.reload('p')).rejects.toThrow('Plugin "q": its name is already used by');
    expect(await state(scheduler)).toEqual(before);
    expect(before.keys).toEqual(['p@acme/a', 'p@beta/a', 'q@beta/a']);
  });

  test('a guest that is refused at the start is cleaned up then, and not only at the end', async () => {
    const folder = new GuestFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const module = folder.add({ more: '(func (export "cleanup") (result i32) (unreachable))' });
    const scheduler = await newScheduler({ plugins: [module, module], onPluginError: 'continue' });
    const cleanedUp = new Promise<void>((resolve) => {
      scheduler.on('warning', ({ code }) => {
        if (code === 'cleanup-failed') resolve();
      });
    });
    await scheduler.start();
    await cleanedUp;
    expect(scheduler.refusedPlugins).toHaveLength(1);
  });
});
