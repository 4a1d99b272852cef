import { HostError } from './errors';
import type { PluginKey } from './plugin-key';

/** What a value must be, in words, when it is not; else undefined. */
export type Rule = (value: unknown) => string | undefined;

const METHODS: readonly unknown[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'ALL'];
const BODY_KINDS: readonly unknown[] = ['auto', 'raw', 'json', 'form', 'multipart', 'stream'];
const words = (list: readonly unknown[]) => list.join(', ');

export const aFunction: Rule = (value) => (typeof value === 'function' ? undefined : 'must be a function');
export const aText: Rule = (value) => (typeof value === 'string' ? undefined : 'must be a string');
export const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
export const count: Rule = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'must be a whole number above 0';
const texts: Rule = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : 'must list strings';
export const among =
  (list: readonly unknown[]): Rule =>
  (value) =>
    list.includes(value) ? undefined : `must be one of ${words(list)}`;
const each =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value) =>
    isObject(value)
      ? first(Object.entries(value).flatMap(([name, inner]) => issuesIn(inner, rules, `"${name}" `)))
      : 'must be an object';
export const shaped =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (value) =>
    first(issuesIn(value, rules, ''));

const path: Rule = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a path like "/builds/:id"';
/** Of the parts of a form. */
export const PART_RULES = {
  files: each({ required: flag, maxBytes: count, maxCount: count, types: texts }),
  fields: each({ required: flag }),
};
const body = shaped({ kind: among(BODY_KINDS), limitBytes: count, ...PART_RULES });

/** Besides who may ask, and how often. */
export const ENDPOINT_RULES = {
  method: among(METHODS),
  path,
  body,
  timeoutMs: count,
  title: aText,
  description: aText,
};
export const ROUTER_RULES = { path };

/**
 * Refuses a declaration whose options are not what `rules` say: unknown names too, for a misspelt `access` would
 * leave an endpoint open.
 * @throws mount/invalid listing every issue
 */
export function checkOptions(
  key: PluginKey,
  where: string,
  options: unknown,
  rules: Readonly<Record<string, Rule>>,
  more: readonly (string | undefined)[] = [],
): void {
  const found = [...issuesIn(options, rules, ''), ...more.filter((issue) => issue !== undefined)];
  if (found.length > 0)
    throw new HostError('mount/invalid', [key, found.map((issue) => `  - ${where}: ${issue}`).join('\n')]);
}

function issuesIn(options: unknown, rules: Readonly<Record<string, Rule>>, at: string): string[] {
  if (!isObject(options)) return [`${at}must be an object`];
  return Object.entries(options).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) return [`${at}unknown option "${name}" (known: ${words(Object.keys(rules))})`];
    const issue = value === undefined ? undefined : rule(value);
    return issue === undefined ? [] : [`${at}${name} ${issue}`];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function first(issues: readonly string[]): string | undefined {
  return issues.length === 0 ? undefined : issues.join(', ');
}
