import type { ShownRequest } from './request-view-curl';

/** One way of looking at a body. */
export interface BodyView {
  readonly name: 'JSON' | 'Form' | 'Text' | 'Raw' | 'Hex';
  readonly text: string;
  readonly language: 'json' | 'text' | 'hex';
  /** Of a form. */
  readonly fields?: readonly (readonly [string, string])[];
  readonly isCut?: boolean;
}

/** Characters that a page lays out without stalling. */
const MOST_SHOWN = 262_144;

/** The ways in which a body can be looked at, the most telling first; none where there is nothing. */
export function bodyViews(
  headers: ShownRequest['headers'],
  body: NonNullable<ShownRequest['body']>,
): readonly BodyView[] {
  const text = 'text' in body ? body.text : textOf(body.base64);
  if (text === '' || ('base64' in body && body.base64 === '')) return [];
  const base64 = 'base64' in body ? body.base64 : base64Of(text ?? '');
  const hex: BodyView = { name: 'Hex', text: base64, language: 'hex' };
  if (text === undefined) return [hex];
  const raw: BodyView = cut({ name: 'Raw', text, language: 'text' });
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1].toLowerCase() ?? '';
  if (type.startsWith('application/x-www-form-urlencoded'))
    return [{ name: 'Form', text, language: 'text', fields: [...new URLSearchParams(text)] }, raw, hex];
  return isJson(text) ? [{ name: 'JSON', text, language: 'json' }, raw, hex] : [raw, hex];
}

/** UTF-8, or undefined where it is none. */
export function textOf(base64: string): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(atob(base64)));
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Of the text's UTF-8. */
export function base64Of(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let latin = '';
  // A call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8_192)
    latin += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(latin);
}

function bytesOf(latin: string): Uint8Array {
  return Uint8Array.from(latin, (character) => character.charCodeAt(0));
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"]/.test(text) || text.length > MOST_SHOWN) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function cut(view: BodyView): BodyView {
  if (view.text.length <= MOST_SHOWN) return view;
  return { ...view, text: view.text.slice(0, MOST_SHOWN), isCut: true };
}
