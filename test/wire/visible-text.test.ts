import { describe, expect, test } from 'vitest';
import { visible, visibleMessage } from '../../src/wire/visible-text.ts';

describe('text from outside', () => {
  test('shows what would deceive a reader as escapes, and leaves everything else', () => {
    expect(visible('é 漢 🙂 \n\t')).toBe('é 漢 🙂 \n\t');
    expect(visible('a\u202eb\u0085\u009b31m\u007f\u2066\u200f\u061c\u2028')).toBe(
      'a\\u202eb\\u0085\\u009b31m\\u007f\\u2066\\u200f\\u061c\\u2028',
    );
  });

  test('is one line without any control character in a message', () => {
    expect(visibleMessage('a\r\n\u001b[2Jb\u202e\0')).toBe('a\\u000d\\u000a\\u001b[2Jb\\u202e\\u0000');
  });
});
