import { isHostError, toError } from '../../core/errors';
import { plain, type Terminal } from './terminal';

/** What was looked at, and how it is. Only `fail` is a failure; `warn` is worth a look. */
export interface Check {
  readonly name: string;
  readonly state: 'pass' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it. */
  readonly next?: string | undefined;
}

export const pass = (name: string, detail: string): Check => ({ name, state: 'pass', detail });
export const warn = (name: string, detail: string, next: string): Check => ({
  ...{ name, state: 'warn', detail, next },
});
export const fail = (name: string, detail: string, next?: string): Check => ({
  ...{ name, state: 'fail', detail, next },
});

/** What a look throws is what is wrong; the host's own errors say the next step. */
export async function looked(name: string, look: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (thrown) {
    const { message } = toError(thrown);
    return fail(name, message, isHostError(thrown) ? undefined : 'see what the message names');
  }
}

export function formatChecks(checks: readonly Check[], { colors }: Terminal): string {
  const marks = { pass: colors.green('✓'), warn: colors.yellow('!'), fail: colors.red('✗') };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, detail, next }) => [
    `${marks[state]} ${name.padEnd(width)}  ${plain(detail).replaceAll('\n', `\n  ${' '.repeat(width)}  `)}`,
    ...(next === undefined ? [] : [`  ${' '.repeat(width)}  → ${plain(next)}`]),
  ]);
  const failed = checks.filter(({ state }) => state === 'fail').length;
  const warned = checks.filter(({ state }) => state === 'warn').length;
  const end = failed === 0 ? colors.green('Nothing is broken') : colors.red(`${failed} broken`);
  return [...lines, '', `${end}${warned === 0 ? '' : `, ${warned} worth a look`}.`].join('\n');
}
