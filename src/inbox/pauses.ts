import type { Workable } from './attempt';

/** What operators paused, as the last poll saw it: accepted, not worked. */
export class Pauses {
  #scopes: ReadonlySet<string> = new Set();

  /** True when something was resumed: its jobs may run now. */
  replace(scopes: readonly string[]): boolean {
    const before = this.#scopes;
    this.#scopes = new Set(scopes);
    return [...before].some((scope) => !this.#scopes.has(scope));
  }
  has({ taskId, name }: Workable): boolean {
    if (this.#scopes.size === 0) return false;
    return this.#scopes.has(`plugin:${name.plugin}`) || this.#scopes.has(`task:${taskId}`);
  }
}
