import { z } from 'zod';
import type { Tool } from '../../core/declaration';
import { toError } from '../../core/errors';
import type { JsonSchema } from '../../core/json-schema';
import { count } from '../../core/option-issues';
import type { App } from './app';
import { commonBag, type CommonBag } from './handler-bag';
import { RawBody } from './raw-body';

type Fields = Readonly<Record<string, unknown>>;
type Run = (input: unknown, bag: CommonBag) => unknown;

const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const TIMEOUT_MS = 30_000;
/** How the code of a tool is exported; a default export that is a function is it too. */
const RUNS = ['handler', 'execute', 'run', 'call'];
const SCHEMAS = ['input', 'parameters', 'inputSchema', 'input_schema'];
const ANY_INPUT: JsonSchema = { type: 'object' };

/**
 * The tool of a file of `tools`: `export default { name, description, parameters, handler }`, the same as named exports, or a
 * function. Its name is the file's where it says none; its parameters are JSON Schema. What is wrong with it goes to `issues`.
 */
export function fileTool(app: App, file: string, written: Fields, issues: string[]): Tool | undefined {
  const whole = written['default'];
  const told: Fields = typeof whole === 'object' && whole !== null ? (whole as Fields) : written;
  const run = typeof whole === 'function' ? whole : RUNS.map((name) => told[name]).find(isFunction);
  const { name = nameOf(file), description = '', timeout } = told;
  const given = SCHEMAS.map((field) => told[field]).find((value) => value !== undefined);
  const input = given === undefined ? undefined : schemaOf(given);
  const wrong = [
    run === undefined ? `exports no code; one of ${RUNS.join(', ')}, or a default function` : '',
    typeof name === 'string' && TOOL_NAME.test(name) ? '' : 'its name is not letters, digits, "_" and "-"',
    typeof description === 'string' ? '' : 'its description is no text',
    timeout === undefined || count(timeout) === undefined ? '' : `timeout ${count(timeout) ?? ''}`,
    typeof input === 'string' ? `its parameters are no JSON Schema: ${input}` : '',
  ].filter((issue) => issue !== '');
  issues.push(...wrong.map((issue) => `${file}: ${issue}`));
  if (wrong.length > 0 || typeof input === 'string') return undefined;
  return {
    kind: 'tool',
    origin: { dialect: 'file-handlers', where: file },
    name: name as string,
    description: description as string,
    ...(input !== undefined && { input }),
    inputSchema: given === undefined ? ANY_INPUT : (given as JsonSchema),
    timeoutMs: (timeout as number | undefined) ?? TIMEOUT_MS,
    call: (value) => (run as Run)(value, bagOf(app)),
  };
}

/** A schema that checks; a text says why there is none. */
function schemaOf(given: unknown) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'it is no object';
  try {
    // A copy: the author's object may be of another realm, where lists are not this realm's.
    return z.fromJSONSchema(structuredClone(given) as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (thrown) {
    return toError(thrown).message;
  }
}

/** Tools run in the name of the app's owner. */
function bagOf({ services, manifest }: App): CommonBag {
  return commonBag({
    services,
    dependencies: manifest.dependencies,
    user: manifest.owner,
    rawBody: new RawBody(() => Buffer.alloc(0)),
    job: undefined,
  });
}

function nameOf(file: string): string {
  return file.replace(/^.*\/|\.js$/g, '');
}

const isFunction = (value: unknown) => typeof value === 'function';
