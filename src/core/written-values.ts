// Every pattern here reads a text once, without going back: the texts come from anybody.
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/;
/** More digits than any identifier has; making a big integer of them takes time that grows with their square. */
const MOST_DIGITS = 400;

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['on', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['off', false],
  ['no', false],
]);

/** The number a text says; the text itself when it says none, or a whole one that a number cannot hold exactly. */
export function numberOf(text: string, type: 'number' | 'integer'): unknown {
  if (text.length > MOST_DIGITS || !NUMBER.test(text)) return text;
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  const isExact = Number.isSafeInteger(value) || !(type === 'integer' || WHOLE.test(text));
  return isExact || !Number.isInteger(value) ? value : text;
}

/** `true`, `1`, `on`, `yes` and their opposites, in any case, as FastAPI reads them; the text itself otherwise. */
export function truthOf(text: string): unknown {
  return TRUTHS.get(text.toLowerCase()) ?? text;
}

/** The moment an RFC 3339 date or date and time says (UTC where it names no offset); the text itself otherwise. */
export function dateOf(text: string): unknown {
  if (!DATE.test(text)) return text;
  const isDay = text.length === 10;
  const hasOffset = /(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
  const moment = new Date(isDay || hasOffset ? text : `${text}Z`);
  // The 30th of February is taken for the 2nd of March otherwise.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const isRealDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
  return isRealDay && !Number.isNaN(moment.getTime()) ? moment : text;
}

/** The big integer that a text or a whole number says; what is given otherwise. */
export function bigintOf(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'string' || value.length > MOST_DIGITS || !WHOLE.test(value)) return value;
  return BigInt(value.startsWith('+') ? value.slice(1) : value);
}

/** What stands between commas, white space trimmed; empty places are none. */
export function writtenList(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
