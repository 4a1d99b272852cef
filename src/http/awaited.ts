import type { Awaitable } from '../core/exchange';

/** True for what is waited for, in whatever realm it was made. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as PromiseLike<unknown>).then === 'function'
  );
}

/** Goes on with a value: at once where it is there, so that what waits for nothing costs no promise. */
export function onceThere<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  // Adopted, not trusted: a thenable may call back twice, or throw.
  return isThenable(value) ? Promise.resolve(value as PromiseLike<T>).then(next) : next(value);
}
