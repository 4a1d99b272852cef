import { randomInt, randomUUID } from 'node:crypto';
import type { SignatureRow } from '../../core/signature-row';
import { stepsOf } from '../reading';
import type { SampleData } from './sample-data';

type Body = SampleData['body'];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A copy of a body whose ids of the delivery are new, so that it is no duplicate of one sent before. */
export function withFreshIds(row: SignatureRow, body: Body): Body {
  const copy = structuredClone(body) as { json?: unknown; form?: Record<string, string> };
  for (const place of row.delivery) {
    if ('json' in place && 'json' in copy) refresh(copy.json, stepsOf(place.json));
    if ('form' in place && copy.form?.[place.form] !== undefined)
      copy.form[place.form] = String(freshLike(copy.form[place.form]));
  }
  return copy as Body;
}

function refresh(node: unknown, [step, ...rest]: readonly string[]): void {
  if (typeof node !== 'object' || node === null || step === undefined) return;
  if (step === '[*]') {
    for (const item of Object.values(node)) refresh(item, rest);
    return;
  }
  if (!Object.hasOwn(node, step)) return;
  const owner = node as Record<string, unknown>;
  if (rest.length === 0) owner[step] = freshLike(owner[step]);
  else refresh(owner[step], rest);
}

/** Of the same shape: a number of as many digits, a UUID, else what stands before the last `_` or `-` and new characters. */
function freshLike(value: unknown): unknown {
  if (typeof value === 'number')
    return randomInt(10 ** (String(value).length - 1), 10 ** String(value).length);
  if (typeof value !== 'string') return value;
  if (UUID.test(value)) return value.replace(UUID, randomUUID());
  const kept = Math.max(value.lastIndexOf('_'), value.lastIndexOf('-')) + 1;
  return value.slice(0, kept) + value.slice(kept).replace(/[A-Za-z0-9]/g, freshCharacter);
}

function freshCharacter(character: string): string {
  if (character >= '0' && character <= '9') return String(randomInt(1, 10));
  const letter = LETTERS.charAt(randomInt(LETTERS.length));
  return character === character.toLowerCase() ? letter : letter.toUpperCase();
}
