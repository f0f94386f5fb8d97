import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileSchema } from '../../../src/backends/sqlite/file-schema.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const STEPS = ['CREATE TABLE a (x)', 'CREATE TABLE b (x)'];
const first = new FileSchema(7, STEPS.slice(0, 1));
const second = new FileSchema(7, STEPS);

function connected(path = join(temporaryFolder(), 'file.db')) {
  const connection = new DatabaseSync(path);
  onTestFinished(() => connection.close());
  return { connection, path };
}

function tables(connection: DatabaseSync): unknown[] {
  const rows = connection.prepare('SELECT name FROM sqlite_schema ORDER BY name').all();
  return rows.map((row) => row['name']);
}

describe('FileSchema', () => {
  test('makes the tables of an empty file, and adds those of later versions', () => {
    const { connection } = connected();
    expect(first.kindOf(connection)).toBe('empty');
    first.migrate(connection);
    expect(tables(connection)).toEqual(['a']);
    second.migrate(connection);
    expect(tables(connection)).toEqual(['a', 'b']);
    second.migrate(connection);
    expect(second.kindOf(connection)).toBe('ours');
  });

  test('knows the file of a later version, and that of another application', () => {
    const { connection } = connected();
    second.migrate(connection);
    expect(first.kindOf(connection)).toBe('newer');
    expect(new FileSchema(8, STEPS).kindOf(connection)).toBe('foreign');
  });

  test('changes nothing in a file that is not ours, or of a later version', () => {
    const { connection, path } = connected();
    second.migrate(connection);
    expect(() => first.migrate(connection)).toThrow('another process changed it');
    expect(() => new FileSchema(8, STEPS).migrate(connection)).toThrow('another process changed it');
    expect(second.kindOf(connected(path).connection)).toBe('ours');
  });

  test.each([2, 3])('is not misled by another process that makes the file before its statement %i', (nth) => {
    const { connection: other, path } = connected();
    const { connection } = connected(path);
    let statements = 0;
    const looking = new Proxy(connection, {
      get: (target, name) => {
        // What is read by this statement is read after the other process has made the file.
        if (name === 'prepare' && ++statements === nth) second.migrate(other);
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    expect(['empty', 'ours']).toContain(second.kindOf(looking));
    second.migrate(other);
    expect(second.kindOf(connection)).toBe('ours');
  });

  test('makes all of its tables or none', () => {
    const { connection } = connected();
    const broken = new FileSchema(7, [...STEPS, 'CREATE TABLE a (x)']);
    expect(() => broken.migrate(connection)).toThrow('already exists');
    expect(tables(connection)).toEqual([]);
    expect(broken.kindOf(connection)).toBe('empty');
  });
});
