import timers from 'node:timers';
import { callAlone, type Actor } from '../core/actor';

type Start = (...args: never[]) => unknown;

/** What stands in a plugin's code under these names, in this order. */
export const TIMER_NAMES = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'] as const;
export type PluginTimers = readonly [
  setTimeout: typeof setTimeout,
  setInterval: typeof setInterval,
  setImmediate: typeof setImmediate,
  queueMicrotask: typeof queueMicrotask,
];

/**
 * Node's own timers for the code of one plugin: what a callback throws, `undefined` too, and what its promise rejects with
 * is that plugin's for certain. Everything else, `promisify` included, is as Node has it. Timers taken from
 * `node:timers` or `globalThis` are Node's.
 */
export function createPluginTimers(actor: Actor): PluginTimers {
  return [
    startedFor(actor, timers.setTimeout),
    startedFor(actor, timers.setInterval),
    startedFor(actor, timers.setImmediate),
    startedFor(actor, queueMicrotask),
  ];
}

function startedFor<S extends Start>(actor: Actor, start: S): S {
  const started = (callback: unknown, ...rest: unknown[]) =>
    Reflect.apply(start, undefined, [named(actor, callback), ...rest] as never[]);
  return Object.defineProperties(started, Object.getOwnPropertyDescriptors(start)) as unknown as S;
}

/** Called by Node with the timer as `this`; what is no function is left for Node to refuse. */
function named(actor: Actor, callback: unknown): unknown {
  if (typeof callback !== 'function') return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    return callAlone(actor, Reflect.apply, callback, this, args);
  };
}
