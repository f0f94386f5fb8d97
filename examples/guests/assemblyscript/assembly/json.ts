/** As much JSON as this guest needs. A larger one takes a library. */

/** The text of a field at any depth; empty if there is none. */
export function textField(json: string, name: string): string {
  const label = quoted(name) + ':"';
  const at = json.indexOf(label);
  if (at == -1) return '';
  let text = '';
  for (let i = at + label.length; i < json.length && json.charAt(i) != '"'; i++) {
    if (json.charAt(i) != '\\') {
      text += json.charAt(i);
      continue;
    }
    i++;
    const escaped = json.charAt(i);
    if (escaped == 'n') text += '\n';
    else if (escaped == 't') text += '\t';
    else text += escaped;
  }
  return text;
}

export function quoted(text: string): string {
  return '"' + text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') + '"';
}
