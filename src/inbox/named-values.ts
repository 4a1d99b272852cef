import { isSecretName } from './secret-names';

const NAME = /(?<![\w.-])[\w.-]+/g;
/** Of an element that begins with the name, perhaps with attributes. */
const ELEMENT = /([^<>]*>\s*(?:<!\[CDATA\[)?)([^<]*)/y;
const QUOTED = /(["'\\\]]{0,3}\s*[:=]+>?\s*")([^"\\]*(?:\\[^][^"\\]*)*)/y;
/** Inside a quoted text. */
const QUOTED_WITHIN = /(["'\\\]]{0,3}\s*[:=]+>?\s*\\+")([^"\\]*)/y;
const SINGLE_QUOTED = /(["'\\\]]{0,3}\s*[:=]+>?\s*')([^']*)/y;
const BARE = /(["'\\\]]{0,3}\s*[:=>]+\s*)((?:(?:basic|bearer|digest|token)\s+)?[^\s"'<>&,;]+)/iy;
/** As in `password hunter2`. */
const AFTER_SPACE = /([\s"']+)((?:(?:basic|bearer|digest|token)\s+)?[^\s"'<>&,;:=]+)/iy;

/**
 * Text of any kind with what follows a name of something secret replaced, as in `name: value`, `name="value"` and
 * `<name>value</name>`. `isLoose`: also where nothing but space is between both.
 */
export function hideNamedValues(text: string, isLoose: boolean, hide: (value: string) => string): string {
  let [shown, done] = ['', 0];
  NAME.lastIndex = 0;
  for (const found of text.matchAll(NAME)) {
    const end = found.index + found[0].length;
    if (found.index < done || !isSecretName(found[0])) continue;
    const [, before = '', value = ''] = valueAt(text, found.index, end, isLoose) ?? [];
    if (value.trim() === '') continue;
    const at = end + before.length;
    shown += text.slice(done, at) + hide(value);
    done = at + value.length;
  }
  return done === 0 ? text : shown + text.slice(done);
}

function valueAt(text: string, start: number, end: number, isLoose: boolean): RegExpExecArray | undefined {
  const isElement = /<(?:[\w-]{1,50}:)?$/.test(text.slice(Math.max(0, start - 52), start));
  const patterns = isElement
    ? [ELEMENT]
    : [QUOTED, QUOTED_WITHIN, SINGLE_QUOTED, BARE, ...(isLoose ? [AFTER_SPACE] : [])];
  for (const pattern of patterns) {
    pattern.lastIndex = end;
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  return undefined;
}
