/**
 * A text in parts of at most `limit` UTF-16 units (at least 2), none of them empty unless the text is. It is parted at the
 * last line break or space of a part's second half, else anywhere but within a character.
 */
export function textParts(text: string, limit: number): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  while (text.length - start > limit) {
    const end = start + cutAt(text.slice(start, start + limit + 1), limit);
    parts.push(text.slice(start, end));
    // What it was parted at is not repeated.
    start = text[end] === '\n' || text[end] === ' ' ? end + 1 : end;
  }
  if (start < text.length || parts.length === 0) parts.push(text.slice(start));
  return parts;
}

/** `window` has one unit more than fits: a break that stands there needs no room. */
function cutAt(window: string, limit: number): number {
  for (const mark of ['\n', ' ']) {
    const at = window.lastIndexOf(mark);
    if (at >= limit / 2) return at;
  }
  const before = window.charCodeAt(limit - 1);
  return before >= 0xd800 && before <= 0xdbff ? limit - 1 : limit;
}
