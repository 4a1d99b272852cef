import { HostError, isHostError } from './errors';
import type { PluginKey } from './plugin-key';
import { isStandardSchema } from './standard-schema';

/** What a value must be, in words, when it is not; else undefined. */
export type Rule = (value: unknown) => string | undefined;

const METHODS: readonly unknown[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'ALL'];
const BODY_KINDS: readonly unknown[] = ['auto', 'raw', 'json', 'form', 'multipart', 'parts', 'stream'];
const words = (list: readonly unknown[]) => list.join(', ');

export const aFunction: Rule = (value) => (typeof value === 'function' ? undefined : 'must be a function');
export const aText: Rule = (value) => (typeof value === 'string' ? undefined : 'must be a string');
export const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
export const count: Rule = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? undefined : 'must be a whole number above 0';
/** A length of time that may be none. */
export const milliseconds: Rule = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0
    ? undefined
    : 'must be a whole number of milliseconds';
const aSchema: Rule = (value) =>
  isStandardSchema(value) ? undefined : 'must be a Standard Schema, such as z.object({ … })';
/** Of Express, but none that handles errors, which it tells by their four parameters. */
export const middleware: Rule = (value) => {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'function'))
    return 'must list functions';
  return value.some((item: () => unknown) => item.length > 3)
    ? 'lists a handler of errors (four parameters), which is never called here; use plugin.onError'
    : undefined;
};
export const texts: Rule = (value) =>
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

/** An empty one is the root. */
const path: Rule = (value) => (typeof value === 'string' ? undefined : 'must be a path like "/builds/:id"');
/** Of the parts of a form. */
export const PART_RULES = {
  files: each({ required: flag, maxBytes: count, maxCount: count, types: texts }),
  fields: each({ required: flag }),
};
/** A schema, or what `otherwise` says. */
const schemaOr =
  (otherwise: Rule): Rule =>
  (value) =>
    isStandardSchema(value) ? undefined : otherwise(value);
const bodyPolicy = shaped({
  kind: among(BODY_KINDS),
  limitBytes: count,
  onProgress: aFunction,
  schema: aSchema,
  ...PART_RULES,
});

const described = shaped({ description: aText, schema: aSchema });
const errors: Rule = (value) =>
  isObject(value)
    ? first(
        Object.entries(value).flatMap(([status, error]) => {
          if (!/^[45]\d\d$/.test(status)) return [`"${status}" is no status from 400 to 599`];
          const issue =
            described(error) ?? ('description' in Object(error) ? undefined : 'needs description');
          return issue === undefined ? [] : [`${status} ${issue}`];
        }),
      )
    : 'must be an object';

/** What is said of an endpoint to those who call it. */
export const DESCRIBING_RULES = {
  title: aText,
  summary: aText,
  description: aText,
  tags: texts,
  deprecated: flag,
  errors,
};
/** What an endpoint takes and gives, besides `provide`. */
export const SCHEMA_RULES = {
  params: aSchema,
  query: aSchema,
  headers: aSchema,
  body: schemaOr(bodyPolicy),
  files: PART_RULES.files,
  fields: schemaOr(PART_RULES.fields),
  onProgress: aFunction,
  response: aSchema,
  status: ((value) =>
    Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 299
      ? undefined
      : 'must be a status from 200 to 299') as Rule,
  unknown: among(['ignore', 'refuse']),
};
/** Besides who may ask, and how often. */
export const ENDPOINT_RULES = {
  method: among(METHODS),
  path,
  timeoutMs: count,
  use: middleware,
  ...SCHEMA_RULES,
  ...DESCRIBING_RULES,
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
  refuseIssues(key, optionIssues(where, options, rules, more));
}

/** What `checkOptions` refuses, each issue with its place. */
export function optionIssues(
  where: string,
  options: unknown,
  rules: Readonly<Record<string, Rule>>,
  more: readonly (string | undefined)[] = [],
): string[] {
  return [...issuesIn(options, rules, ''), ...more.filter((issue) => issue !== undefined)].map(
    (issue) => `${where}: ${issue}`,
  );
}

/** @throws mount/invalid when there is any issue */
export function refuseIssues(key: PluginKey, issues: readonly string[]): void {
  if (issues.length > 0)
    throw new HostError('mount/invalid', [key, issues.map((issue) => `  - ${issue}`).join('\n')]);
}

/**
 * Makes all that the calls make, so that what is wrong with several is told at once. What is no error of the host's passes.
 * @throws what one of them throws; mount/invalid with all issues when several do
 */
export function makeTogether<Made>(key: PluginKey, calls: readonly (() => Made)[]): Made[] {
  const refusals: HostError[] = [];
  const made: Made[] = [];
  for (const call of calls)
    try {
      made.push(call());
    } catch (thrown) {
      if (!isHostError(thrown)) throw thrown;
      refusals.push(thrown);
    }
  const [only, ...others] = refusals;
  if (only !== undefined && others.length === 0) throw only;
  refuseIssues(key, refusals.flatMap(issuesOf));
  return made;
}

function issuesOf({ code, message }: HostError): string[] {
  // The first line of it says that the others follow.
  if (code === 'mount/invalid') return message.split('\n  - ').slice(1);
  return [message];
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
