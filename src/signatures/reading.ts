import type { ValuePlace } from '../core/signature-row';
import type { SignedRequest } from '../core/signed-request';

/** One request while it is verified. */
export interface Reading {
  readonly request: SignedRequest;
  /** By lower-case name, each at most once. */
  readonly headers: ReadonlyMap<string, string>;
  /** Members of the signature header, where it has any. */
  pairs: ReadonlyMap<string, string> | undefined;
  /** The signed moment as received. */
  timestamp: string | undefined;
}

export type PlaceReader = (reading: Reading) => readonly string[];

const NOTHING: readonly string[] = [];

/**
 * Reads all values of a place: several only where `[*]` is in a JSON path. A form field or query member that came twice
 * is none: nobody can say which one was meant.
 */
export function placeReader(place: ValuePlace): PlaceReader {
  if ('header' in place) {
    const name = place.header.toLowerCase();
    return ({ headers }) => listOf(headers.get(name));
  }
  if ('pair' in place) return ({ pairs }) => listOf(pairs?.get(place.pair));
  if ('form' in place) return ({ request }) => listOf(single(request.form(), place.form));
  if ('query' in place) return ({ request }) => listOf(single(request.query, place.query));
  const steps = stepsOf(place.json);
  if (steps.includes('[*]')) return ({ request }) => walk(request.json(), steps);
  return ({ request }) => listOf(textOf(memberAt(request.json(), steps)));
}

/** True where the values of `[*]` are one per item of the list: none is missing. */
export function everyItem(path: string, reading: Reading): boolean {
  const steps = stepsOf(path);
  const last = steps.lastIndexOf('[*]');
  const items = nodes(reading.request.json(), steps.slice(0, last + 1));
  return last < 0 || items.length === walk(reading.request.json(), steps).length;
}

/** `a.b[*].c` → `a`, `b`, `[*]`, `c`. */
export function stepsOf(path: string): string[] {
  return path.split('.').flatMap((step) => {
    const name = step.replaceAll('[*]', '');
    const lists = Array.from({ length: (step.length - name.length) / 3 }, () => '[*]');
    return name === '' ? lists : [name, ...lists];
  });
}

function walk(root: unknown, steps: readonly string[]): readonly string[] {
  return nodes(root, steps).flatMap((node) => listOf(textOf(node)));
}

function nodes(root: unknown, steps: readonly string[]): readonly unknown[] {
  let found: readonly unknown[] = [root];
  for (const step of steps)
    found = found.flatMap((node): readonly unknown[] => {
      if (step === '[*]') return Array.isArray(node) ? (node as readonly unknown[]) : NOTHING;
      const member = memberAt(node, [step]);
      return member === undefined ? NOTHING : [member];
    });
  return found;
}

/** The value at a path without lists: own members only. */
export function memberAt(root: unknown, steps: readonly string[]): unknown {
  let node = root;
  for (const step of steps) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined;
    node = (node as Record<string, unknown>)[step];
  }
  return node;
}

const textOf = (node: unknown) =>
  typeof node === 'string' ? node : typeof node === 'number' ? String(node) : undefined;

function single(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? NOTHING : [value];
}
