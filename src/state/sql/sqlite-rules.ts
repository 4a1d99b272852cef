import { isWord, sqliteStatements, type Token } from './sqlite-tokens';

/** What may be done with a text: the statement as it is given to SQLite, or why it is refused, in words. */
export type Judged = { readonly sql: string; readonly parameters: number } | { readonly refused: string };

const PLAIN = new Set(
  'SELECT VALUES WITH INSERT REPLACE UPDATE DELETE CREATE DROP ALTER REINDEX ANALYZE'.split(' '),
);
const TRANSACTIONS = new Set('BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE'.split(' '));
/** Those that read the schema, or do nothing beyond this transaction. */
const PRAGMAS = new Set([
  ...['table_info', 'table_xinfo', 'table_list', 'index_list', 'index_info', 'index_xinfo'],
  ...['foreign_key_list', 'foreign_key_check', 'integrity_check', 'quick_check'],
  ...['defer_foreign_keys', 'optimize'],
]);
const PARAMETER = /^\$[1-9]\d{0,4}$/;
const MOST_PARAMETERS = 32_766;
/** What is much belongs into parameters. */
const MOST_CHARACTERS = 1_000_000;

/**
 * Judges one statement for SQLite. What is given to the database begins at the very word that was judged, so that it and
 * this file cannot read what stands before it differently; one that would prepare several statements is the driver's to refuse.
 */
export function judgeStatement(text: string): Judged {
  if (text.length > MOST_CHARACTERS) return { refused: `it is longer than ${MOST_CHARACTERS} characters` };
  if (text.includes('\0')) return { refused: 'it holds a NUL' };
  const statements = [...sqliteStatements(text)];
  const [only] = statements;
  if (only === undefined) return { refused: 'it is empty' };
  if (statements.length > 1) return { refused: 'it is several statements; run one after the other' };
  return judge(text, only);
}

/** Judges each statement of a file; the first that is refused says which one it is. */
export function judgeFile(text: string): readonly string[] | { readonly refused: string } {
  if (text.includes('\0')) return { refused: 'it holds a NUL' };
  const found: string[] = [];
  for (const tokens of sqliteStatements(text)) {
    const judged = judge(text, tokens);
    const which = `statement ${found.length + 1}`;
    if ('refused' in judged) return { refused: `${which}: ${judged.refused}` };
    if (judged.parameters > 0) return { refused: `${which}: a migration has no parameters` };
    found.push(judged.sql);
  }
  return found;
}

function judge(text: string, tokens: readonly Token[]): Judged {
  const explained = isWord(tokens[0], 'EXPLAIN');
  const isPlan = explained && isWord(tokens[1], 'QUERY') && isWord(tokens[2], 'PLAN');
  const rest = tokens.slice(isPlan ? 3 : explained ? 1 : 0);
  const [first] = rest;
  const refused =
    reasonAgainst(rest) ?? (explained && !isPlain(first) ? 'it cannot be explained' : undefined);
  if (refused !== undefined || first === undefined) return { refused: refused ?? 'it is empty' };
  const parameters = highestParameter(rest);
  if (typeof parameters === 'string') return { refused: parameters };
  const last = rest.at(-1) ?? first;
  const sql = text.slice(first.start, last.start + last.text.length);
  return { sql: `${explained ? 'EXPLAIN ' : ''}${isPlan ? 'QUERY PLAN ' : ''}${sql}`, parameters };
}

function isPlain(token: Token | undefined): boolean {
  return token?.kind === 'word' && PLAIN.has(token.text.toUpperCase());
}

function reasonAgainst(tokens: readonly Token[]): string | undefined {
  const [first, second] = tokens;
  const word = first?.kind === 'word' ? first.text.toUpperCase() : undefined;
  if (word === undefined) return 'it begins with no word of SQL';
  if (TRANSACTIONS.has(word)) return `${word} spans statements, and each is a transaction of its own`;
  if (word === 'PRAGMA') return pragmaReason(tokens.slice(1));
  if (word === 'VACUUM') return second === undefined ? undefined : 'VACUUM stands alone';
  if (!PLAIN.has(word)) return `${word.slice(0, 40)} is none of the statements a plugin may run`;
  const reaching = tokens.findIndex((token, index) => isLoading(token) && tokens[index + 1]?.text === '(');
  return reaching === -1 ? undefined : 'load_extension would load code';
}

function pragmaReason([first, second, third]: readonly Token[]): string | undefined {
  const name = second?.text === '.' ? third : first;
  const known = name?.kind === 'word' && PRAGMAS.has(name.text.toLowerCase());
  return known ? undefined : `of PRAGMA there are ${[...PRAGMAS].join(', ')}`;
}

function isLoading({ kind, text }: Token): boolean {
  const name = kind === 'quoted' ? text.slice(1, -1) : text;
  return (kind === 'word' || kind === 'quoted') && name.toLowerCase() === 'load_extension';
}

/** Of the numbers of its parameters; in words what is wrong with one. */
function highestParameter(tokens: readonly Token[]): number | string {
  let highest = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'parameter') continue;
    const number = PARAMETER.test(text) ? Number(text.slice(1)) : 0;
    if (number === 0 || number > MOST_PARAMETERS)
      return `"${text.slice(0, 40)}" is no parameter; they are written $1, $2 and so on`;
    highest = Math.max(highest, number);
  }
  return highest;
}
