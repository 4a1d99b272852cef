import { HostError } from './errors';

/** Of one document as JSON; a commit writes them whole. */
const DOCUMENT_BYTES = 1024 ** 2;
/** Of objects and arrays in one another: databases that read JSON stop at some 1,000. */
const DEPTH = 500;
const ESCAPE = /\\(u[0-9a-f]{4}|[^u])/g;

/** A document as it is stored. */
export interface DocumentText {
  readonly text: string;
  readonly bytes: number;
}

/**
 * The JSON of a document. What no database can compare is replaced: NUL by its visible stand-in, a half of a surrogate
 * pair by U+FFFD. `what` is the document, for errors. @throws store/too-large, store/too-deep; what JSON cannot say
 */
export function documentText(what: string, data: Readonly<Record<string, unknown>>): DocumentText {
  const json = JSON.stringify(data);
  const text = json.includes('\\u') ? json.replace(ESCAPE, standIn) : json;
  const bytes = Buffer.byteLength(text);
  if (bytes > DOCUMENT_BYTES) throw new HostError('store/too-large', [what, DOCUMENT_BYTES]);
  // Each level takes two brackets.
  if (text.length > 2 * DEPTH && depthOf(text) > DEPTH) throw new HostError('store/too-deep', [what, DEPTH]);
  return { text, bytes };
}

/** What JSON.stringify escapes by number is a control character or, from `\ud800` on, half of a pair. */
function standIn(escape: string): string {
  if (escape === '\\u0000') return '\u2400';
  return escape.startsWith('\\ud') ? '\uFFFD' : escape;
}

function depthOf(json: string): number {
  let [depth, most, isText] = [0, 0, false];
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '\\') at += 1;
    else if (character === '"') isText = !isText;
    else if (isText) continue;
    else if (character === '{' || character === '[') most = Math.max(most, (depth += 1));
    else if (character === '}' || character === ']') depth -= 1;
  }
  return most;
}
