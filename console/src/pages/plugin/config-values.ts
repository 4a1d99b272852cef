import { draftKey, type ConfigField, type Drafts } from './config-fields';

/** What is to be stored: all that operators gave before, with what was written since. */
export function valuesToStore(
  fields: readonly ConfigField[],
  drafts: Drafts,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = valueToStore(field, drafts);
      return value === undefined ? [] : [[field.path.at(-1) ?? '', value]];
    }),
  );
}

/** Undefined: nothing is stored of it, and what comes before holds. */
function valueToStore(field: ConfigField, drafts: Drafts): unknown {
  const { kind, path, value, source, variable, inner } = field;
  if (variable !== undefined) return undefined;
  if (kind === 'group') {
    if (source !== 'stored' && !inner.some((one) => isTouched(one, drafts))) return undefined;
    const values = valuesToStore(inner, drafts);
    return Object.keys(values).length === 0 ? undefined : values;
  }
  const key = draftKey(path);
  const draft = drafts.get(key);
  if (!drafts.has(key) || (kind === 'secret' && draft === '')) return source === 'stored' ? value : undefined;
  return draft === undefined || draft === '' ? undefined : readDraft(draft, field);
}

function isTouched({ path, inner }: ConfigField, drafts: Drafts): boolean {
  return drafts.has(draftKey(path)) || inner.some((one) => isTouched(one, drafts));
}

/** What cannot be read goes as it is: the host says what is wrong with it. */
function readDraft(text: string, { kind, schema: { type = 'string' } }: ConfigField): unknown {
  switch (kind) {
    case 'number':
      return numberOr(text);
    case 'list':
      return linesOf(text);
    case 'numbers':
      return linesOf(text).map(numberOr);
    case 'choice':
    case 'json':
    case 'group':
      return jsonOr(text);
    case 'secret':
      if (type === 'string') return text;
      return type === 'number' || type === 'integer' ? numberOr(text) : jsonOr(text);
    case 'text':
      return text;
  }
}

/** What a field begins with, as it is written; empty for a default. */
export function writtenValue({ kind, value, source }: ConfigField): string {
  if (source === 'default' || value === undefined || kind === 'secret' || kind === 'group') return '';
  if ((kind === 'list' || kind === 'numbers') && Array.isArray(value)) return value.join('\n');
  if (kind === 'choice') return JSON.stringify(value);
  return kind === 'json' || typeof value === 'object'
    ? JSON.stringify(value, undefined, 2)
    : String(value as string);
}

function numberOr(text: string): unknown {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
