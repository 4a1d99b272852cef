/** One token of SQLite's, as far as telling statements apart needs it. */
export interface Token {
  /** `quoted` is a name in quotation marks. Two strings side by side may be one with a quotation mark in it. */
  readonly kind: 'word' | 'quoted' | 'string' | 'parameter' | 'semicolon' | 'other';
  readonly text: string;
  readonly start: number;
}

/** Bytes beyond ASCII are letters to SQLite; a byte order mark is space. */
const PATTERNS: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /[ \t\n\f\r\ufeff]+/y],
  ['space', /--[^\n]*/y],
  ['word', /[A-Za-z_\u0080-\ufefe\uff00-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y],
  ['string', /'[^']*(?:'|$)/y],
  ['quoted', /"[^"]*(?:"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$)/y],
  ['parameter', /[$@:#][A-Za-z0-9_$\u0080-\uffff]+|\?\d*/y],
  ['semicolon', /;/y],
  ['other', /\d[A-Za-z0-9_.$\u0080-\uffff]*|[^]/y],
];

/** The tokens of a text, without space and comments. @see https://www.sqlite.org/lang.html, tokenize.c (read 2026-11-21) */
function* sqliteTokens(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      at = end === -1 ? text.length : end + 2;
      continue;
    }
    const { kind, length } = tokenAt(text, at);
    if (kind !== 'space') yield { kind, text: text.slice(at, at + length), start: at };
    at += length;
  }
}

function tokenAt(text: string, at: number): { kind: Token['kind'] | 'space'; length: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, length: found[0].length };
  }
  return { kind: 'other', length: 1 };
}

/**
 * The statements of a text, each the tokens of it without the semicolon at its end. The body of a trigger is part of its
 * statement, as `sqlite3_complete` has it: up to an `END` between two semicolons.
 */
export function* sqliteStatements(text: string): Generator<readonly Token[]> {
  let tokens: Token[] = [];
  for (const token of sqliteTokens(text)) {
    if (token.kind !== 'semicolon') {
      tokens.push(token);
      continue;
    }
    const isInside = isTrigger(tokens) && !isTriggerOver(tokens);
    if (isInside) tokens.push(token);
    else if (tokens.length > 0) {
      yield tokens;
      tokens = [];
    }
  }
  if (tokens.length > 0) yield tokens;
}

export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

function isTrigger([first, second, third]: readonly Token[]): boolean {
  if (!isWord(first, 'CREATE')) return false;
  return isWord(second, 'TRIGGER') || (isWord(second, 'TEMP', 'TEMPORARY') && isWord(third, 'TRIGGER'));
}

function isTriggerOver(tokens: readonly Token[]): boolean {
  return tokens.at(-2)?.kind === 'semicolon' && isWord(tokens.at(-1), 'END');
}
