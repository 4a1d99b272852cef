import { HostError } from '../core/errors';

/**
 * The HostError that says how to rewrite an Express 4 path pattern, when `error` is path-to-regexp's refusal of one.
 * @see https://expressjs.com/en/guide/migrating-5.html#path-syntax
 */
export function explainPathError(error: Error, where: string): HostError | undefined {
  const pattern: unknown = (error as { originalPath?: unknown }).originalPath;
  if (typeof pattern !== 'string' || !error.message.includes('pathToRegexpError')) return undefined;
  const advice = rewritePath(pattern);
  return new HostError('plugin/express-path', [where, pattern, advice], { cause: error });
}

/**
 * How to write an Express 4 pattern for Express 5, as words for an error message: the rewritten pattern, and what
 * it no longer checks.
 */
export function rewritePath(pattern: string): string {
  const alternatives = /^([^()]*)\(((?:[\w./-]+\|)+[\w./-]+)\)([^()]*)$/.exec(pattern);
  if (alternatives && !(alternatives[1] ?? '').endsWith(':') && !/:\w+$/.test(alternatives[1] ?? '')) {
    const [, before = '', choices = '', after = ''] = alternatives;
    return `[${choices
      .split('|')
      .map((choice) => JSON.stringify(rewritten(before + choice + after)))
      .join(', ')}]`;
  }
  const checks = [...pattern.matchAll(/:(\w+)\(([^()]{0,200})\)/g)].map(
    ([, name, rule]) => `${name} against ${rule}`,
  );
  const checked = checks.length > 0 ? ` and check ${checks.join(', ')} in the handler` : '';
  return JSON.stringify(rewritten(pattern)) + checked;
}

/** One step per Express 4 construct; each replacement is linear and its result legal in Express 5. */
function rewritten(pattern: string): string {
  if (pattern === '*') return '/*splat';
  let wildcards = 0;
  const splat = () => `*splat${(wildcards += 1) === 1 ? '' : wildcards}`;
  return pattern
    .replace(/\(\.[*+]\)/g, '*')
    .replace(/(:\w+)\([^()]{0,200}\)/g, '$1')
    .replace(/([/.]?):(\w+)\*/g, '{$1*$2}')
    .replace(/:(\w+)\+/g, '*$1')
    .replace(/([/.]?):(\w+)\?/g, '{$1:$2}')
    .replace(/([\w-])\?/g, '{$1}')
    .replace(/\(([\w./-]+)\)\?/g, '{$1}')
    .replace(/\*(?![\p{ID_Start}$_])/gu, splat)
    .replace(/[()[\]+?!]/g, '');
}
