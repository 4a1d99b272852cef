import { sealingKeyOf, type MasterSealer } from './sealer';

type Holder = Readonly<Record<string, unknown>>;
export interface ResealedText {
  readonly text: string;
  /** How many texts in it another key had sealed. */
  readonly resealed: number;
  /** Why others of them could not be opened; they are as they were. */
  readonly failures: readonly unknown[];
}

/**
 * The JSON text, or the sealed text itself, with all that other keys sealed within it sealed with the present one.
 * `contextOf` says what a text under a field of an object is sealed for.
 */
export function resealedText(
  text: string,
  sealer: MasterSealer,
  contextOf: (field: string, holder: Holder) => string,
): ResealedText {
  const failures: unknown[] = [];
  let resealed = 0;
  const renew = (sealed: string, field: string, holder: Holder): string => {
    const key = sealingKeyOf(sealed);
    if (key === undefined || key === sealer.keyId) return sealed;
    try {
      const context = contextOf(field, holder);
      const renewed = sealer.seal(sealer.open(sealed, context), context);
      resealed += 1;
      return renewed;
    } catch (failure) {
      failures.push(failure);
      return sealed;
    }
  };
  const walk = (node: unknown, field: string, holder: Holder): unknown => {
    if (typeof node === 'string') return renew(node, field, holder);
    if (Array.isArray(node)) return node.map((item) => walk(item, field, holder));
    if (typeof node !== 'object' || node === null) return node;
    const inner = node as Holder;
    return Object.fromEntries(
      Object.entries(inner).map(([name, value]): [string, unknown] => [name, walk(value, name, inner)]),
    );
  };
  // What is no JSON may be the sealed text itself.
  const parsed = parseJson(text);
  const walked = parsed === undefined ? renew(text, '', {}) : JSON.stringify(walk(parsed, '', {}));
  return { text: resealed === 0 ? text : walked, resealed, failures };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
