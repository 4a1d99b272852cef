import { HostError } from '../core/errors';
import type { SchemaIssue } from '../core/standard-schema';
import { isOwnCheck, issueTypeOf } from '../core/issue-types';
import type { SchemaFaces } from './schema-faces';

/** The parts of a request as FastAPI names them in `loc`; fields of a form are of the body. */
export type RequestPart = 'path' | 'query' | 'header' | 'body';

/** One thing that is wrong with a request, as clients of FastAPI read it. */
export interface RequestIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** As pydantic names it. */
  readonly type: string;
  /** `loc` in one text: `body.items.0.name`. */
  readonly at: string;
}

const MOST_TOLD = 100;
const MOST_IN_MESSAGE = 5;
const MOST_LOOKED_AT = 1_000;
/** Names are the sender's: longer ones are cut. */
const LONGEST_NAME = 100;

/** What was held against a schema. */
interface CheckedPart {
  readonly part: RequestPart;
  readonly value: unknown;
  readonly vendor: string;
  /** Its values came as texts. */
  readonly isWritten: boolean;
  /** What the schema says as JSON Schema, if it does. */
  readonly faces: SchemaFaces | undefined;
}

/** What a schema found, as issues of a part of the request. Nothing that was sent stands in them but its names. */
export function requestIssues(checked: CheckedPart, found: readonly SchemaIssue[]): RequestIssue[] {
  const { part, value, vendor, isWritten, faces } = checked;
  return found.slice(0, MOST_TOLD).flatMap((issue) => {
    const path = stepsOf(issue);
    const keys = unrecognisedKeys(issue);
    if (keys !== undefined) return keys.map((key) => unknownName(part, [...path, key]));
    const at = valueAt(value, path);
    if (at === undefined && !isOwnCheck(issue)) return [missing(part, ...path)];
    const isInteger = () => faces?.at(path).some(({ type }) => type === 'integer') === true;
    const type = issueTypeOf(issue, at, { isWritten, isInteger });
    if (type === 'extra_forbidden') return [unknownName(part, path)];
    return [requestIssue(part, path, shownMessage(issue, vendor, at), type)];
  });
}

export function missing(part: RequestPart, ...path: readonly PropertyKey[]): RequestIssue {
  return requestIssue(part, path, 'Field required', 'missing');
}

export function unknownName(part: RequestPart, path: readonly PropertyKey[]): RequestIssue {
  return requestIssue(part, path, 'Extra inputs are not permitted', 'extra_forbidden');
}

/** Of a value nested so deeply that looking at it takes more memory than there is for it. */
export function tooDeep(part: RequestPart): RequestIssue {
  return requestIssue(part, [], 'Nested too deeply', 'recursion_loop');
}

/** Of a value made of so many others that looking at each takes longer than there is for it. */
export function tooMany(part: RequestPart, most: number): RequestIssue {
  return requestIssue(part, [], `More than ${most} values`, 'too_long');
}

function requestIssue(
  part: RequestPart,
  path: readonly PropertyKey[],
  msg: string,
  type: string,
): RequestIssue {
  const loc = [part, ...path.map((step) => (typeof step === 'number' ? step : shortened(String(step))))];
  return { loc, msg, type, at: loc.join('.') };
}

/** Everything wrong with a request as one refusal (422); what two rules say alike is told once, 100 things at most. */
export function requestInvalid(issues: readonly RequestIssue[]): HostError<'request/invalid'> {
  const told = new Map(issues.map((issue) => [`${issue.at} ${issue.type} ${issue.msg}`, issue]));
  const detail = [...told.values()].slice(0, MOST_TOLD);
  const shown = detail.slice(0, MOST_IN_MESSAGE).map(({ at, type }) => `${at} (${type})`);
  const more = detail.length > shown.length ? ', and more' : '';
  return new HostError('request/invalid', [shown.join(', ') + more], { members: { detail } });
}

/** Issues of an answer for the log, each with its place: `items.0.name: expected string`. */
export function shownPlaces(found: readonly SchemaIssue[], value: unknown, vendor: string): string {
  const shown = found.slice(0, MOST_IN_MESSAGE).map((issue) => {
    const path = stepsOf(issue);
    const message = shownMessage(issue, vendor, valueAt(value, path));
    return path.length === 0 ? message : `${path.map(String).map(shortened).join('.')}: ${message}`;
  });
  const more = found.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** The message without the value: zod's never hold it, arktype and valibot end with what they got. */
function shownMessage({ message }: SchemaIssue, vendor: string, value: unknown): string {
  if (vendor === 'zod') return message;
  const cut = before(before(message, ' (was '), ' but received ');
  return holdsPartOf(cut, value) ? 'Invalid value' : cut;
}

/** Whether a text repeats what was sent; shorter values than three characters stand in any text. */
function holdsPartOf(text: string, value: unknown): boolean {
  const open: unknown[] = [value];
  for (let looked = 0; looked < MOST_LOOKED_AT && open.length > 0; looked += 1) {
    const next = open.pop();
    if (typeof next === 'object' && next !== null) open.push(...Object.values(next).slice(0, MOST_LOOKED_AT));
    else if (typeof next === 'string' || typeof next === 'number')
      if (String(next).length >= 3 && text.includes(String(next))) return true;
  }
  return open.length > 0;
}

function before(message: string, mark: string): string {
  const at = message.indexOf(mark);
  return at === -1 ? message : message.slice(0, at);
}

/** zod tells all unknown names of one object in one issue. */
function unrecognisedKeys(issue: SchemaIssue & { code?: unknown; keys?: unknown }): string[] | undefined {
  if (issue.code !== 'unrecognized_keys' || !Array.isArray(issue.keys)) return undefined;
  return issue.keys.slice(0, MOST_TOLD).map(String);
}

function stepsOf({ path = [] }: SchemaIssue): PropertyKey[] {
  // arktype's path is a list of its own kind, which would be made anew by `map`.
  return Array.from(path, (step) => (typeof step === 'object' ? step.key : step));
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return found;
}

const shortened = (name: string) => (name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`);
