import { parseJson } from '../../core/body-values';

/** How JSON that is an object or a list begins (RFC 8259 §2). */
export const JSON_START = /^[ \t\n\r]*[{[]/;

/** Of JSON in characters, where nothing says that it is JSON. */
const LONGEST = 5_242_880;

/** Text that is a JSON object or list, parsed; other text, and longer text, as it is. */
export function parsedText(text: string): unknown {
  if (text.length > LONGEST || !JSON_START.test(text)) return text;
  try {
    return parseJson(Buffer.from(text));
  } catch {
    return text;
  }
}
