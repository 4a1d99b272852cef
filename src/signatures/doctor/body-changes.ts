import { formOf, URL_ENCODED } from '../../core/body-values';
import { JSON_ESCAPES, JSON_LAYOUTS, layOut, type JsonEscapes } from './json-layouts';
import { withBody, withRow, type Change, type Trial, type TrialRequest } from './trial';

/** Larger ones are not laid out anew: it would take too long. */
const LARGEST_JSON_BYTES = 512 * 1024;
/** Of a body that is remembered for the next try: there are some thirty. */
const LARGEST_REMEMBERED = 65_536;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const SAME_BYTES =
  'Sign the very bytes that are sent, or see that nothing between the sender and this host writes the body anew.';

/** Other bodies that may have been signed. Made lazily: of a large one each is large. */
export function bodyChanges(request: TrialRequest): Change[] {
  const { wire, decoded } = request;
  if (wire.length === 0) return [];
  const body = decoded ?? wire;
  return [
    ...(decoded !== undefined && !decoded.equals(wire) ? [overChange()] : []),
    ...jsonChanges(body),
    ...bomChanges(body),
    ...lineChanges(),
    change('its line ends \\n in place of \\r\\n', (text) => text.replaceAll('\r\n', '\n')),
    change('its line ends \\r\\n in place of \\n', (text) => text.replace(/(?<!\r)\n/g, '\r\n')),
    change('read as UTF-8 and written again', (text) => text),
    bytesChange('as Latin-1 that was taken for UTF-8', (bytes) => Buffer.from(bytes.toString('latin1'))),
    payloadChange(),
    bytesChange('empty', () => Buffer.alloc(0)),
  ];
}

function overChange(): Change {
  return {
    kind: 'body',
    what: 'the signature is over the other form of the compressed body (as it came, or uncompressed)',
    next: 'Say `over: "decoded"` (or "wire") in a row of your own, or have the sender not compress.',
    of: (trial) => withRow(trial, (row) => ({ ...row, over: row.over === 'decoded' ? 'wire' : 'decoded' })),
  };
}

function jsonChanges(body: Buffer): Change[] {
  const text = jsonIn(body);
  if (text === undefined) return [];
  const escapes = Object.keys(JSON_ESCAPES) as JsonEscapes[];
  return escapes.flatMap((how) =>
    JSON_LAYOUTS.map((layout) =>
      bytesChange(`${layout.title}${how === 'as sent' ? '' : `, ${how}`}`, () => {
        const laidOut = layOut(text, layout, how);
        return laidOut === undefined ? undefined : Buffer.from(laidOut);
      }),
    ),
  );
}

function jsonIn(body: Buffer): string | undefined {
  if (body.length > LARGEST_JSON_BYTES) return undefined;
  try {
    const text = body.toString();
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function lineChanges(): Change[] {
  return [
    change('without the line end at its end', (text) => text.replace(/[\r\n]{1,8}$/, '')),
    change('with a line end (\\n) at its end', (text) => `${text}\n`),
    change('with a line end (\\r\\n) at its end', (text) => `${text}\r\n`),
    bytesChange('without white space around it', withoutSpace),
  ];
}

function bomChanges(body: Buffer): Change[] {
  return body.subarray(0, 3).equals(BOM)
    ? [bytesChange('without its byte order mark', (bytes) => bytes.subarray(3))]
    : [bytesChange('with a byte order mark', (bytes) => Buffer.concat([BOM, bytes]))];
}

function payloadChange(): Change {
  return bytesChange('only the form field `payload`', (bytes) => {
    const { payload } = formOf(() => bytes, URL_ENCODED);
    return typeof payload === 'string' ? Buffer.from(payload) : undefined;
  });
}

const change = (what: string, edit: (text: string) => string) =>
  bytesChange(what, (bytes) => Buffer.from(edit(bytes.toString())));

function bytesChange(what: string, edit: (body: Buffer) => Buffer | undefined): Change {
  let made: { readonly of: Buffer; readonly body: Buffer | undefined } | undefined;
  return {
    kind: 'body',
    what: `the body was signed ${/^(as|with|only|read|empty|its)/.test(what) ? what : `as ${what}`}`,
    next: SAME_BYTES,
    of: (trial: Trial) => {
      const before = trial.request.decoded ?? trial.request.wire;
      const body = made?.of === before ? made.body : edit(before);
      if (before.length <= LARGEST_REMEMBERED) made = { of: before, body };
      return body === undefined || body.equals(before) ? undefined : withBody(trial, body);
    },
  };
}

/** Not `trim`: to that a byte order mark is white space. */
function withoutSpace(bytes: Buffer): Buffer {
  const isSpace = (at: number) => [0x20, 0x09, 0x0d, 0x0a].includes(bytes[at] ?? 0);
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(start)) start += 1;
  while (end > start && isSpace(end - 1)) end -= 1;
  return bytes.subarray(start, end);
}
