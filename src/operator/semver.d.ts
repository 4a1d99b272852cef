/** What is used here of npm's own reader of version ranges; it has no types of its own. */
declare module 'semver' {
  /** Undefined-like (`null`) for what is no range. */
  export function validRange(range: string): string | null;
  export function satisfies(
    version: string,
    range: string,
    options?: { readonly includePrerelease?: boolean },
  ): boolean;
}
