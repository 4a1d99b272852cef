const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof SIGNALS)[number];

/** A group kill or Ctrl-C under npm delivers one signal twice. */
const REPEAT_MS = 1_000;
const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  exit(code: number): unknown;
}

/**
 * Resolves with the first SIGTERM or SIGINT. States: waiting → stopping → exited. A signal within 1,000 ms of the first
 * is the same one delivered again; a later one is impatience and ends the process at once with 128 + its number. The
 * listeners stay: giving them back would let a late repeat kill a process that is about to exit 0.
 */
export function firstStopSignal(
  source: SignalSource,
  now: () => number = () => performance.now(),
): Promise<StopSignal> {
  return new Promise((resolve) => {
    let stoppingSince: number | undefined;
    const listener = (signal: StopSignal) => {
      if (stoppingSince === undefined) {
        stoppingSince = now();
        resolve(signal);
      } else if (now() - stoppingSince > REPEAT_MS) source.exit(EXIT_CODES[signal]);
    };
    for (const signal of SIGNALS) source.on(signal, listener);
  });
}
