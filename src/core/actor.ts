import { AsyncLocalStorage } from 'node:async_hooks';
import type { PluginFailure } from './ports/plugin-registry';

/** A plugin as the one whose code runs: what nothing caught is laid to it. It outlives its generations. */
export interface Actor {
  /** Its key; its place until that is known. */
  readonly name: string;
  /** Shown on its status. */
  failure: PluginFailure | undefined;
  /** Rewrites the positions of a stack to the plugin's own sources. */
  mapStack(stack: string): string;
}

/**
 * Who acts is known in one of two ways. Unarmed, only the last entry is remembered: one write per call, and with
 * several plugins at work a guess. Armed, whatever asynchronous work a call begins knows its actor; on Node 20 that costs
 * each request a microsecond or two, so it is switched on only while there is a fault to be found.
 */
const storage = new AsyncLocalStorage<Actor>();
let armed = false;
let entered: Actor | undefined;
let escaped: { readonly actor: Actor; readonly thrown: unknown } | undefined;
const begun = new WeakMap<object, Actor>();

/** Calls code of a plugin. Everything that runs such code comes through here; what it throws passes through. */
export function callFor<A extends unknown[], R>(actor: Actor, run: (...args: A) => R, ...args: A): R {
  entered = actor;
  return armed ? storage.run(actor, run, ...args) : run(...args);
}

/**
 * As `callFor`, where no host code stands above the call to catch what it throws or rejects with: `escapedFrom` and
 * `promisedBy` then answer the actor, armed or not.
 */
export function callAlone<A extends unknown[], R>(actor: Actor, run: (...args: A) => R, ...args: A): R {
  try {
    const result = callFor(actor, run, ...args);
    if (typeof result === 'object' && result !== null) begun.set(result, actor);
    return result;
  } catch (thrown) {
    escaped = { actor, thrown };
    throw thrown;
  }
}

/** The actor of the `callAlone` that just threw `thrown`. Answers once. */
export function escapedFrom(thrown: unknown): Actor | undefined {
  const last = escaped;
  escaped = undefined;
  return last !== undefined && Object.is(last.thrown, thrown) ? last.actor : undefined;
}

/** The actor of the `callAlone` that returned `promise`. */
export function promisedBy(promise: unknown): Actor | undefined {
  return begun.get(promise as object);
}

/** Whose work is running now, for certain; undefined unless it began while armed. */
export function currentActor(): Actor | undefined {
  return armed ? storage.getStore() : undefined;
}

/** The actor whose code was called last. */
export function lastEntered(): Actor | undefined {
  return entered;
}

/** From now on the work that calls begin knows its actor. */
export function arm(): void {
  armed = true;
}

/** Calls cost again what they did before `arm`. */
export function disarm(): void {
  armed = false;
  storage.disable();
}

/** An actor that stands for nothing but its name. */
export function actorNamed(name: string): Actor {
  return { name, failure: undefined, mapStack: (stack) => stack };
}
