import { useSyncExternalStore } from 'react';

const TICK_MS = 5_000;
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

/** One clock for the whole page. */
function watch(changed: () => void): () => void {
  watchers.add(changed);
  nowMs = Date.now();
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const watcher of watchers) watcher();
  }, TICK_MS);
  return () => {
    watchers.delete(changed);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

/** How long ago, or how soon; the exact time in its title. Epoch ms; nothing (a dash) where there is none. */
export function Time({ at }: { readonly at: number | undefined | null }) {
  const now = useSyncExternalStore(watch, () => nowMs);
  if (at === undefined || at === null) return <span>–</span>;
  const away = at - now;
  // The host's clock may be a little ahead.
  const shown = Math.abs(away) < 2_000 ? 'now' : relativeText(away);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactText(at)} className="time">
      {shown}
    </time>
  );
}

/** As a title shows it. */
export function exactText(at: number): string {
  return exact.format(at);
}

function relativeText(awayMs: number): string {
  const [unit, ms] = UNITS.find(([, size]) => Math.abs(awayMs) >= size) ?? UNITS[3];
  return relative.format(Math.round(awayMs / ms), unit);
}

/** A length of time, in the two largest units that tell. */
export function Duration({ ms }: { readonly ms: number | undefined | null }) {
  return <span title={ms === undefined || ms === null ? undefined : `${ms} ms`}>{durationText(ms)}</span>;
}

export function durationText(ms: number | undefined | null): string {
  if (ms === undefined || ms === null) return '–';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  const [large, small] =
    ms < 3_600_000
      ? (['min', 's'] as const)
      : ms < 86_400_000
        ? (['h', 'min'] as const)
        : (['d', 'h'] as const);
  const size = { min: 60_000, h: 3_600_000, d: 86_400_000 }[large];
  const rest = Math.floor((ms % size) / { s: 1_000, min: 60_000, h: 3_600_000 }[small]);
  return `${Math.floor(ms / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
