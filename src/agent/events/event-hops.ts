/** The extension attribute that counts how many events have caused one another. */
export const HOPS = 'gatehousehops';
/** One more is not emitted: by then it is a circle. */
export const MOST_HOPS = 16;

/** How many events came before one; 0 for what is no event. */
export function hopsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const { specversion, [HOPS]: hops } = value as Readonly<Record<string, unknown>>;
  // Attributes that came as headers are texts.
  const count = Number(hops);
  return specversion === '1.0' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** Of what an event causes; 0 where nothing caused it. */
export function nextHops(cause: unknown): number {
  const isEvent = (cause as { readonly specversion?: unknown } | undefined)?.specversion === '1.0';
  return isEvent ? hopsOf(cause) + 1 : 0;
}
