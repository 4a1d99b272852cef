/**
 * The parts of a field's value between separators, white space around them left out. A separator inside a quoted string
 * is text; a string that never ends takes the rest with it.
 * @see RFC 9110 §5.6.4
 */
export function splitUnquoted(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\' && isQuoted) at += 1;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

/** What a quoted string says; undefined when the text is not exactly one of visible ASCII characters and spaces. */
export function unquoted(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith('"')) return undefined;
  let said = '';
  for (let at = 1; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === '"') return at === text.length - 1 ? said : undefined;
    if (character === '\\') at += 1;
    const next = text[at];
    if (next === undefined || next < ' ' || next > '~') return undefined;
    said += next;
  }
  return undefined;
}
