import { describe, expect, test } from 'vitest';
import { FREE_AT, type GuestText, text } from '../../../support/guest-text.ts';
import { openedGuest, runGuest } from '../../../support/opened-guest.ts';

/** Logs the block at an offset. */
const logged = (offset: string) => `(call $log_info ${offset})`;
const OK = '(i32.const 0)';

async function linesOf(guest: GuestText, install = {}, options = {}): Promise<string[]> {
  const { error, lines } = await runGuest(await openedGuest(guest, install), options);
  expect(error).toBeNull();
  return lines.map(([, message]) => message);
}

describe("Extism's functions for guests", () => {
  test('give it the context of its run as JSON', async () => {
    const context = {
      scheduleId: 'daily',
      isCatchup: true,
      tenantId: 'acme',
      siteId: 'north',
      config: { to: 'ops' },
      fencingToken: '7',
      missedCount: 3,
      firstMissedAtMs: 1_799_999_000_000,
    };
    const [input = ''] = await linesOf({ run: `${logged('(call $input_offset)')} ${OK}` }, {}, { context });

    expect(JSON.parse(input)).toEqual({
      schedule_id: 'daily',
      scheduled_at_ms: 1_800_000_000_000,
      run_count: 1,
      is_catchup: true,
      tenant_id: 'acme',
      site_id: 'north',
      run_id: 'run-1',
      config_json: '{"to":"ops"}',
      deadline_ms: 1_800_000_060_001,
      fencing_token: '7',
      missed_count: 3,
      first_missed_at_ms: 1_799_999_000_000,
    });
  });

  test.each(['', 'x', '丏', '😀'])('give it a context of any length, with texts of %j', async (part) => {
    for (const length of [1, 800, 900, 1_000, 1_024, 5_000]) {
      const config = part.repeat(length);
      const [input = ''] = await linesOf(
        { run: `${logged('(call $input_offset)')} ${OK}` },
        {},
        { context: { config } },
      );
      expect(JSON.parse(JSON.parse(input).config_json)).toBe(config);
    }
  });

  test('give an empty config_json for none', async () => {
    const [input = ''] = await linesOf({ run: `${logged('(call $input_offset)')} ${OK}` });

    expect(JSON.parse(input)).toMatchObject({ config_json: '' });
  });

  test('read the input by bytes and by words', async () => {
    // The first word, stored in a new block.
    const run = `(local.set $a (call $alloc (i64.const 9)))
      (call $store_u64 (local.get $a) (call $input_load_u64 (i64.const 0)))
      (call $store_u8 (i64.add (local.get $a) (i64.const 8)) (call $input_load_u8 (i64.const 8)))
      ${logged('(local.get $a)')} ${OK}`;

    expect(await linesOf({ run })).toEqual(['{"schedul']);
  });

  test('read what was stored, and give lengths', async () => {
    const word = text(FREE_AT, 'abcdefgh!');
    const run = `(local.set $a ${word.put})
      (local.set $b (call $alloc (i64.const 9)))
      (call $store_u64 (local.get $b) (call $load_u64 (local.get $a)))
      (call $store_u8 (i64.add (local.get $b) (i64.const 8)) (call $load_u8 (i64.add (local.get $a) (i64.const 8))))
      ${logged('(local.get $b)')}
      (i32.wrap_i64 (i64.sub (call $length (local.get $b)) (call $length_unsafe (local.get $a))))`;

    expect(await linesOf({ run, more: word.data })).toEqual(['abcdefgh!']);
  });

  test.each(['headers', 'header'])('ask for a URL with %s, and give its status, headers and body', async (field) => {
    const url = 'https://example.com/a';
    const request = text(FREE_AT, JSON.stringify({ url, method: 'POST', [field]: { accept: 'text/plain' } }));
    const body = text(FREE_AT + 512, 'question');
    const imports = `(import "extism:host/env" "http_request" (func $http_request (param i64 i64) (result i64)))
      (import "extism:host/env" "http_status_code" (func $http_status_code (result i32)))
      (import "extism:host/env" "http_headers" (func $http_headers (result i64)))`;
    const run = `${logged(`(call $http_request ${request.put} ${body.put})`)} ${logged('(call $http_headers)')}
      (i32.sub (call $http_status_code) (i32.const 201))`;
    const guest = await openedGuest({ imports, run, more: request.data + body.data });
    const answer = () => ({ status: 201, headers: { server: 'x' }, body: 'answer', isTruncated: false });

    const { error, lines, calls } = await runGuest(guest, { answer });

    expect(error).toBeNull();
    expect(lines.map(([, message]) => message)).toEqual(['answer', '{"server":"x"}']);
    const asked = { url, method: 'POST', headers: { accept: 'text/plain' }, body: 'question' };
    expect(calls).toEqual([['fetch', [asked]]]);
  });

  test('give the options of the installation as its config', async () => {
    const [to, limits, none] = [text(FREE_AT, 'to'), text(FREE_AT + 64, 'limits'), text(FREE_AT + 128, 'toString')];
    const run = `${logged(`(call $config_get ${to.put})`)} ${logged(`(call $config_get ${limits.put})`)}
      (i32.wrap_i64 (call $config_get ${none.put}))`;
    const install = { options: { to: 'ops', limits: [1, 2] } };

    expect(await linesOf({ run, more: to.data + limits.data + none.data }, install)).toEqual(['ops', '[1,2]']);
  });

  test('keep variables with a kept instance, and drop them with a fresh one', async () => {
    const [key, value] = [text(FREE_AT, 'key'), text(FREE_AT + 64, 'value')];
    const run = `(local.set $a (call $var_get ${key.put}))
      (if (i64.eqz (local.get $a)) (then (call $var_set ${key.put} ${value.put})) (else ${logged('(local.get $a)')}))
      ${OK}`;
    const guest = { run, more: key.data + value.data };
    for (const [instance, lines] of [
      ['kept', [[], ['value']]],
      ['fresh', [[], []]],
    ] as const) {
      const opened = await openedGuest(guest, { instance });
      const runs = [await runGuest(opened), await runGuest(opened)];
      expect(runs.map((each) => each.lines.map(([, message]) => message))).toEqual(lines);
    }
  });

  test('forget a variable that is set to nothing', async () => {
    const [key, value] = [text(FREE_AT, 'key'), text(FREE_AT + 64, 'value')];
    const run = `(call $var_set ${key.put} ${value.put}) (call $var_set ${key.put} (i64.const 0))
      (i32.wrap_i64 (call $var_get ${key.put}))`;

    expect(await linesOf({ run, more: key.data + value.data })).toEqual([]);
  });

  test('let it fail with a message of its own', async () => {
    const why = text(FREE_AT, 'the disk is full');
    const run = `(call $error_set ${why.put}) ${logged('(call $error_get)')} (i32.const 1)`;
    const { error, lines } = await runGuest(await openedGuest({ run, more: why.data }));

    expect(error).toMatchObject({
      name: 'GuestFailedError',
      code: 'ERR_ESCAPEMENT_GUEST_FAILED',
      message: 'the disk is full',
    });
    expect(lines).toEqual([['info', 'the disk is full']]);
  });

  test('count a message as a failure even if it returns 0, and a code without a message', async () => {
    const why = text(FREE_AT, 'no');
    const quiet = await openedGuest({ run: `(call $error_set ${why.put}) ${OK}`, more: why.data });
    const silent = await openedGuest({ run: '(i32.const 7)' });

    expect((await runGuest(quiet)).error?.message).toBe('no');
    expect((await runGuest(silent)).error?.message).toBe('its run() returned 7');
  });

  test('forget everything of the call at a reset', async () => {
    const why = text(FREE_AT, 'no');
    const run = `(local.set $a ${why.put}) (call $error_set (local.get $a)) (call $reset)
      (i32.wrap_i64 (call $length (local.get $a)))`;

    expect(await linesOf({ run, more: why.data })).toEqual([]);
  });

  test('reuse blocks that were given back, as zeros', async () => {
    const word = text(FREE_AT, 'secret');
    const run = `(local.set $a ${word.put}) (call $free (local.get $a))
      (local.set $b (call $alloc (i64.const 6)))
      (i32.or (i64.ne (local.get $a) (local.get $b)) (call $load_u8 (local.get $b)))`;

    expect(await linesOf({ run, more: word.data })).toEqual([]);
  });
});

describe('what a guest must not swallow', () => {
  const WRONG = '(try (do (drop (call $load_u64 (i64.const 5)))) (catch_all))';

  test.each([
    ['and come to its end', OK],
    ['and go on for ever', `(loop $l (br $l)) ${OK}`],
    ['and call the host again', `(call $log_info (call $input_offset)) ${OK}`],
  ])('is a wrong call of the host, %s', async (_what, rest) => {
    const { error, lines, spent } = await runGuest(await openedGuest({ run: `${WRONG} ${rest}` }));

    expect(error).toMatchObject({ name: 'GuestTrapError', kind: 'invalid-host-call' });
    expect(lines).toEqual([]);
    expect(spent?.isExhausted).toBe(false);
    expect(spent?.used).toBeLessThan(1_000);
  });
});

describe('the start of an instance', () => {
  const KV = '(import "extism:host/user" "kv_get" (func $kv_get (param i64) (result i64)))';

  test('belongs to no run: what an earlier run could reach, it cannot', async () => {
    const args = text(FREE_AT, '[null, "a"]');
    const more = `${args.data} (func (export "_initialize")
      (drop (call $kv_get ${args.put})) (call $log_info (call $put (i32.const ${FREE_AT}) (i32.const 4))))`;
    const guest = await openedGuest({ imports: KV, run: OK, more });

    for (let run = 0; run < 2; run += 1) {
      expect(await runGuest(guest)).toMatchObject({ error: null, lines: [], calls: [] });
    }
  });
});

describe('what a guest forges', () => {
  const OFFSETS = ['-1', '0x7fffffffffffffff', '-0x8000000000000000', '1', '0x1000000', '0x1_0000_0040'];
  const BLOCK_TAKERS = [
    ['error_set', (offset: string) => `(call $error_set (i64.const ${offset}))`],
    ['config_get', (offset: string) => `(drop (call $config_get (i64.const ${offset})))`],
    ['var_get', (offset: string) => `(drop (call $var_get (i64.const ${offset})))`],
    ['var_set', (offset: string) => `(call $var_set (i64.const ${offset}) (i64.const 0))`],
    ['log_info', (offset: string) => `(call $log_info (i64.const ${offset}))`],
    ['output_set', (offset: string) => `(call $output_set (i64.const ${offset}) (i64.const 1))`],
    ['load_u8', (offset: string) => `(drop (call $load_u8 (i64.const ${offset})))`],
    ['load_u64', (offset: string) => `(drop (call $load_u64 (i64.const ${offset})))`],
    ['store_u8', (offset: string) => `(call $store_u8 (i64.const ${offset}) (i32.const 1))`],
    ['store_u64', (offset: string) => `(call $store_u64 (i64.const ${offset}) (i64.const 1))`],
    ['input_load_u8', (offset: string) => `(drop (call $input_load_u8 (i64.const ${offset.replace(/^1$/, '999')})))`],
    ['input_load_u64', (offset: string) => `(drop (call $input_load_u64 (i64.const ${offset.replace(/^1$/, '999')})))`],
  ] as const;

  test.each(BLOCK_TAKERS)('as an offset for %s ends its run, and no other', async (name, call) => {
    for (const offset of OFFSETS) {
      const { error } = await runGuest(await openedGuest({ run: `${call(offset)} ${OK}` }));

      expect(error, offset).toMatchObject({ name: 'GuestTrapError', kind: 'invalid-host-call', functions: ['run'] });
      expect(error?.message).toContain(`${name}()`);
    }
    expect((await runGuest(await openedGuest({}))).error).toBeNull();
  });

  test('as a length has no bytes', async () => {
    for (const offset of OFFSETS) {
      const run = `(call $free (i64.const ${offset})) (i32.wrap_i64 (i64.or
        (call $length (i64.const ${offset})) (call $length_unsafe (i64.const ${offset}))))`;
      expect(await linesOf({ run }), offset).toEqual([]);
    }
  });

  test.each([
    ['a block that it has freed', '(call $free (local.get $a)) (call $log_info (local.get $a))'],
    ['the middle of a block', '(call $log_info (i64.add (local.get $a) (i64.const 1)))'],
    ['an end beyond the memory', '(call $output_set (local.get $a) (i64.const 9999))'],
    ['a negative length', '(call $output_set (local.get $a) (i64.const -1))'],
    ['a block from before a reset', '(call $reset) (call $log_info (local.get $a))'],
    ['a word over the end of its memory', '(drop (call $load_u64 (i64.add (local.get $a) (i64.const 60))))'],
  ])('is refused: %s', async (_, calls) => {
    const run = `(local.set $a (call $alloc (i64.const 8))) ${calls} ${OK}`;

    expect((await runGuest(await openedGuest({ run }))).error).toMatchObject({ kind: 'invalid-host-call' });
  });

  test.each([
    ['an i32 that is an offset', '(func $f (param i32) (result i32))', 'load_u8', '(drop (call $f (i32.const 64)))'],
    ['an i32 that is no offset', '(func $f (param i32))', 'log_warn', '(call $f (i32.const 1))'],
    ['an i32 for a result of 64 bits', '(func $f (result i32))', 'input_length', '(drop (call $f))'],
    ['no argument', '(func $f)', 'error_set', '(call $f)'],
    ['a float', '(func $f (param f64) (result i64))', 'alloc', '(drop (call $f (f64.const 1.5)))'],
  ])('as a value of the wrong type is refused: %s', async (_, type, name, call) => {
    const imports = `(import "extism:host/env" "${name}" ${type})`;
    const { error } = await runGuest(await openedGuest({ imports, run: `${call} ${OK}` }));

    expect(error).toMatchObject({ name: 'GuestTrapError', kind: 'invalid-host-call' });
  });
});

describe('what a guest asks for beyond its limits', () => {
  test.each([
    ['more memory than it may have', '(drop (call $alloc (i64.const 0x1000000)))'],
    ['a negative amount of memory', '(drop (call $alloc (i64.const -1)))'],
    ['blocks without end', '(loop $l (drop (call $alloc (i64.const 1))) (br $l))'],
    ['an output of more than a MiB', '(call $output_set (call $alloc (i64.const 2000000)) (i64.const 2000000))'],
    ['an error of more than a MiB', '(call $error_set (call $alloc (i64.const 2000000)))'],
    ['a log line of more than a MiB', '(call $log_info (call $alloc (i64.const 2000000)))'],
    ['the name of an option of more than a MiB', '(drop (call $config_get (call $alloc (i64.const 2000000))))'],
    ['the name of a variable of more than a MiB', '(drop (call $var_get (call $alloc (i64.const 2000000))))'],
    [
      'the name of a variable of more than a MiB, to forget it',
      '(call $var_set (call $alloc (i64.const 2000000)) (i64.const 0))',
    ],
    ['a variable of more than a MiB', '(call $var_set (call $alloc (i64.const 1)) (call $alloc (i64.const 1048576)))'],
    [
      'variables without end',
      `(loop $l (local.set $a (call $alloc (i64.const 4)))
        (call $store_u8 (local.get $a) (i32.and (local.get $i) (i32.const 127)))
        (call $store_u8 (i64.add (local.get $a) (i64.const 1)) (i32.and (i32.shr_u (local.get $i) (i32.const 7)) (i32.const 127)))
        (call $var_set (local.get $a) (call $alloc (i64.const 1000))) (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $l))`,
    ],
  ])('is refused: %s', async (_, calls) => {
    const { error } = await runGuest(await openedGuest({ run: `${calls} ${OK}` }));

    expect(error).toMatchObject({ name: 'GuestTrapError', kind: 'limit-exceeded' });
  });

  test.each([
    ['a request', '(call $alloc (i64.const 2000000)) (i64.const 0)'],
    ['the body of a request', '{} (call $alloc (i64.const 2000000))'],
  ])('is refused before it is read: %s of more than a MiB', async (_, args) => {
    const request = text(FREE_AT, '{"url":"https://example.com"}');
    const imports = '(import "extism:host/env" "http_request" (func $http_request (param i64 i64) (result i64)))';
    const run = `(drop (call $http_request ${args.replace('{}', request.put)})) ${OK}`;
    const { error, calls } = await runGuest(await openedGuest({ imports, run, more: request.data }));

    expect(error).toMatchObject({ name: 'GuestTrapError', kind: 'limit-exceeded' });
    expect(calls).toEqual([]);
  });

  test('counts its own memory and the memory of its calls together', async () => {
    // 8 pages, of which its own memory has 2.
    const install = { permissions: { memoryPages: 8 } };
    const asks = (pages: number) => ({ run: `(drop (call $alloc (i64.const ${pages * 65_536}))) ${OK}` });

    expect((await runGuest(await openedGuest(asks(5), install))).error).toBeNull();
    expect((await runGuest(await openedGuest(asks(6), install))).error).toMatchObject({ kind: 'limit-exceeded' });
  });
});
