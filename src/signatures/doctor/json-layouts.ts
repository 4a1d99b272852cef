/** How a JSON text may be laid out without a change of what it says: the order of keys and all tokens stay. */
export interface JsonLayout {
  readonly title: string;
  readonly indent: number;
  readonly afterComma: string;
  readonly afterColon: string;
}
export const JSON_LAYOUTS: readonly JsonLayout[] = [
  { title: 'compact JSON', indent: 0, afterComma: '', afterColon: '' },
  { title: 'JSON with a space after each separator', indent: 0, afterComma: ' ', afterColon: ' ' },
  { title: 'JSON indented by two spaces', indent: 2, afterComma: '', afterColon: ' ' },
  { title: 'JSON indented by four spaces', indent: 4, afterComma: '', afterColon: ' ' },
];

/** How the characters of its texts may be written. */
export const JSON_ESCAPES = {
  'as sent': (token) => token,
  'characters beyond ASCII unescaped': (token) => JSON.stringify(JSON.parse(token)),
  'characters beyond ASCII escaped': (token) => escaped(JSON.stringify(JSON.parse(token))),
  'slashes escaped': (token) => escaped(JSON.stringify(JSON.parse(token))).replaceAll('/', '\\/'),
  'slashes unescaped': (token) => token.replaceAll('\\/', '/'),
} as const satisfies Record<string, (token: string) => string>;
export type JsonEscapes = keyof typeof JSON_ESCAPES;

/** Whoever nests deeply gets no indented gigabytes. */
const MOST_GROWTH = 4;
const LEAST_ROOM = 65_536;

/**
 * The same JSON in another layout, token by token: parsing it would reorder keys that are numbers and round large ones.
 * `text` is valid JSON; undefined where it would grow beyond
 * all measure.
 */
export function layOut(
  text: string,
  layout: JsonLayout,
  escapes: JsonEscapes = 'as sent',
): string | undefined {
  const write = JSON_ESCAPES[escapes];
  const tokens = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g) ?? [];
  const most = MOST_GROWTH * text.length + LEAST_ROOM;
  const out: string[] = [];
  let [depth, size] = [0, 0];
  const put = (piece: string) => {
    out.push(piece);
    size += piece.length;
  };
  const line = () => (layout.indent === 0 ? '' : `\n${' '.repeat(layout.indent * depth)}`);
  for (const [index, token] of tokens.entries()) {
    if (size + layout.indent * depth > most) return undefined;
    const isEmpty = '}]'.includes(tokens[index + 1] ?? '-');
    const wasEmpty = '{['.includes(tokens[index - 1] ?? '-');
    if (token === '{' || token === '[') {
      if (!isEmpty) depth += 1;
      put(token + (isEmpty ? '' : line()));
    } else if (token === '}' || token === ']') {
      if (!wasEmpty) depth -= 1;
      put((wasEmpty ? '' : line()) + token);
    } else if (token === ',') put(`,${layout.indent === 0 ? layout.afterComma : line()}`);
    else if (token === ':') put(`:${layout.afterColon}`);
    else put(token.startsWith('"') ? write(token) : token);
  }
  return out.join('');
}

function escaped(token: string): string {
  return token.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
