const STATEMENTS = new Set([
  ...['SELECT', 'VALUES', 'TABLE', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE', 'EXPLAIN'],
  ...[
    'CREATE',
    'DROP',
    'ALTER',
    'COMMENT',
    'REFRESH',
    'REINDEX',
    'ANALYZE',
    'VACUUM',
    'CLUSTER',
    'DO',
    'CALL',
  ],
]);
/** Of the connection, which statements share without knowing of one another. */
const TRANSACTIONS = new Set(
  'BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE PREPARE LOCK'.split(' '),
);
const SPACE_OR_OPENING = /[ \t\n\r\f\v;(]+/y;
const LINE = /--[^\n\r]*/y;
const WORD = /[A-Za-z]+/y;

/**
 * Why PostgreSQL is not to be asked this, in words; undefined where nothing is against it. What a plugin reaches is limited by
 * its role, and several statements are the server's to refuse: this keeps what would change the connection for others.
 */
export function postgresReason(text: string): string | undefined {
  const word = firstWord(text);
  if (word === undefined) return 'it begins with no word of SQL';
  if (TRANSACTIONS.has(word)) return `${word} spans statements, and each is a transaction of its own`;
  return STATEMENTS.has(word) ? undefined : `${word.slice(0, 40)} is none of the statements a plugin may run`;
}

function firstWord(text: string): string | undefined {
  let at = 0;
  for (;;) {
    const next = afterAny(SPACE_OR_OPENING, text, at) ?? afterAny(LINE, text, at) ?? afterComment(text, at);
    if (next === undefined) break;
    at = next;
  }
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0].toUpperCase();
}

function afterAny(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** They hold one another. @see PostgreSQL documentation, 4.1.5 Comments (read 2026-11-21) */
function afterComment(text: string, start: number): number | undefined {
  if (!text.startsWith('/*', start)) return undefined;
  let depth = 1;
  let at = start + 2;
  while (depth > 0) {
    const [opening, closing] = [text.indexOf('/*', at), text.indexOf('*/', at)];
    if (closing === -1) return text.length;
    const opens = opening !== -1 && opening < closing;
    depth += opens ? 1 : -1;
    at = (opens ? opening : closing) + 2;
  }
  return at;
}
