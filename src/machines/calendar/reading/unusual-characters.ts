/** Characters that look like those of an expression and are others: they come from documents, chats and word processors. */

/** Each kind: its characters, its name, what is meant, and what to write. */
const KINDS: readonly (readonly [characters: RegExp, name: string, meant: string, advice: string])[] = [
  [/[\u00a0\u202f\u2007]/u, 'a non-breaking blank', ' ', 'write an ordinary blank'],
  [/[\n\r\u2028\u2029]/u, 'a line break', ' ', 'write an expression in one line'],
  [/\p{Zs}/u, 'an unusual blank', ' ', 'write an ordinary blank'],
  [/\u2013/u, 'an en dash', '-', 'write "-"'],
  [/\u2014/u, 'an em dash', '-', 'write "-"'],
  [/[\p{Pd}\u2212]/u, 'an unusual dash', '-', 'write "-"'],
  [/[\p{Cf}\p{Cc}]/u, 'an invisible character', '', 'remove it'],
  [/[\u2217\u00d7\u2731\u2732\u204e\uff0a]/u, 'an unusual asterisk', '*', 'write "*"'],
  [/[\u2044\u2215\uff0f]/u, 'an unusual slash', '/', 'write "/"'],
  [/[\uff0c\u3001\u201a]/u, 'an unusual comma', ',', 'write ","'],
  [/[\u2018\u2019\u201c\u201d\u00ab\u00bb]/u, 'a quotation mark', '', 'remove it'],
];

export interface Plain {
  /** The text as it was probably meant. */
  readonly text: string;
  readonly problems: readonly string[];
}

/** Finds characters outside of ASCII and line breaks. Each is reported where it first stands. */
export function plainText(source: string): Plain {
  const problems = new Map<string, string>();
  let text = '';
  let place = 0;
  for (const character of source) {
    place += 1;
    const kind = /[\t\u0020-\u007e]/.test(character)
      ? undefined
      : (KINDS.find(([each]) => each.test(character)) ?? ordinary(character));
    text += kind === undefined ? character : kind[2];
    if (kind === undefined || problems.has(kind[1])) continue;
    problems.set(kind[1], `character ${place} is ${kind[1]} (${codeOf(character)}): ${kind[3]}`);
  }
  return { text, problems: [...problems.values()] };
}

/** Any other one. Full-width letters and digits have an ordinary form. */
function ordinary(character: string): readonly [RegExp, string, string, string] {
  const plain = character.normalize('NFKC');
  const isPlain = /^[\u0020-\u007e]+$/.test(plain);
  return [/^/, `"${character}"`, isPlain ? plain : '', isPlain ? `write "${plain}"` : 'no expression has it'];
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
}
