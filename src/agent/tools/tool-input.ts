import { HostError } from '../../core/errors';
import type { Tool } from '../../core/declaration';
import { issueTypeOf } from '../../core/issue-types';
import type { SchemaIssue } from '../../core/standard-schema';

/** One thing that is wrong with an input, as the 422s of endpoints tell it. */
interface InputIssue {
  readonly loc: readonly PropertyKey[];
  readonly msg: string;
  readonly type: string;
}

const MOST_TOLD = 100;
const MOST_IN_MESSAGE = 5;
const LONGEST_NAME = 100;

/**
 * What a tool's schema makes of an input; without a schema the input as it is. Calls the plugin's code.
 * @throws tools/invalid-input with every issue, as `detail`
 */
export async function checkedInput(
  key: string,
  { name, input: schema }: Tool,
  input: unknown,
): Promise<unknown> {
  if (schema === undefined) return input;
  const result = await schema['~standard'].validate(input);
  if (result.issues === undefined) return result.value;
  throw invalidInput(
    key,
    name,
    result.issues.slice(0, MOST_TOLD).flatMap((issue) => inputIssues(issue, input)),
  );
}

/**
 * The same value as plain JSON, nothing of its makers' in it; undefined stays.
 * @throws what a value that JSON cannot say throws, and what its own `toJSON` does
 */
export function plainJson(value: unknown): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('JSON has no such value');
  return JSON.parse(text);
}

/** As the schema of a tool would refuse it. */
export function noJson(key: string, name: string): HostError<'tools/invalid-input'> {
  return invalidInput(key, name, [{ loc: ['input'], msg: 'Input is not JSON', type: 'json_invalid' }]);
}

function invalidInput(
  key: string,
  name: string,
  issues: readonly InputIssue[],
): HostError<'tools/invalid-input'> {
  const shown = issues
    .slice(0, MOST_IN_MESSAGE)
    .map(({ loc, msg }) => `${loc.slice(1).map(String).join('.') || 'it'}: ${msg}`);
  const more = issues.length > shown.length ? ', and more' : '';
  return new HostError('tools/invalid-input', [key, name, shown.join(', ') + more], {
    members: { detail: issues.slice(0, MOST_TOLD) },
  });
}

function inputIssues(
  issue: SchemaIssue & { code?: unknown; keys?: unknown },
  input: unknown,
): readonly InputIssue[] {
  // arktype's path is a list of its own kind, which would be made anew by `map`.
  const path = Array.from(issue.path ?? [], (step) => (typeof step === 'object' ? step.key : step));
  const at = (steps: readonly PropertyKey[]) => [
    'input',
    ...steps.map((step) => (typeof step === 'number' ? step : String(step).slice(0, LONGEST_NAME))),
  ];
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys))
    return issue.keys.map((extra: unknown) => ({
      loc: at([...path, String(extra)]),
      msg: 'Extra inputs are not permitted',
      type: 'extra_forbidden',
    }));
  const value = valueAt(input, path);
  return value === undefined && path.length > 0
    ? [{ loc: at(path), msg: 'Field required', type: 'missing' }]
    : [{ loc: at(path), msg: String(issue.message), type: issueTypeOf(issue, value) }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return found;
}
