/**
 * Tools whose calls are checked by the compiler, by key and name: `{ 'acme.ci': { last_build: { input: …; output: … } } }`.
 * Empty; who wants calls of other plugins typed adds to it with `declare module 'gatehouse' { interface KnownTools { … } }`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it is there to be added to
export interface KnownTools {}

interface Shape {
  readonly input?: unknown;
  readonly output?: unknown;
}

export interface CallOptions {
  /** The shorter of this and the tool's own counts. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

type ShapeOf<Key extends string, Name extends string> = Key extends keyof KnownTools
  ? Name extends keyof KnownTools[Key]
    ? KnownTools[Key][Name]
    : never
  : Shape;
type InputIn<S> = S extends { readonly input: infer Input } ? Input : unknown;

/** What follows the name of a tool in a call: nothing can for a name that a known plugin has not. */
export type CallArgs<Key extends string, Name extends string> = [ShapeOf<Key, Name>] extends [never]
  ? [unknownTool: never]
  : object extends InputIn<ShapeOf<Key, Name>>
    ? [input?: InputIn<ShapeOf<Key, Name>>, options?: CallOptions]
    : [input: InputIn<ShapeOf<Key, Name>>, options?: CallOptions];

/** What a call resolves with, `Otherwise` where the tool is not known. */
export type OutputOf<Key extends string, Name extends string, Otherwise> =
  ShapeOf<Key, Name> extends { readonly output: infer Output } ? Output : Otherwise;
