import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Transition } from '../../../../src/core/ports/plugin-registry';
import { ApiError, ask } from '../../api';
import { useNotices } from '../../parts/notices';

export type PluginVerb = 'enable' | 'disable' | 'reload';

/** What came of it: `transition` where the host tells, `error` where it failed. */
export interface TransitionOutcome {
  readonly verb: PluginVerb;
  readonly transition: Transition | undefined;
  readonly error: unknown;
}

const DONE: Readonly<Record<PluginVerb, (transition: Transition) => string>> = {
  enable: ({ key, generation }) => `${key} is enabled: generation ${generation} serves.`,
  disable: ({ key }) => `${key} is disabled.`,
  reload: ({ key, generation }) => `${key} is reloaded: generation ${generation} serves.`,
};

/** Enables, disables and reloads one plugin. An outcome stays, where it takes more than a line to tell. */
export function useTransition(id: string) {
  const client = useQueryClient();
  const { say } = useNotices();
  const [busy, setBusy] = useState<PluginVerb>();
  const [outcome, setOutcome] = useState<TransitionOutcome>();
  // Apart from the outcome, which is still read while its dialog closes.
  const [isTold, setTold] = useState(false);
  const tell = (told: TransitionOutcome) => {
    setOutcome(told);
    setTold(true);
  };
  const run = async (verb: PluginVerb) => {
    setBusy(verb);
    try {
      const transition = await ask<Transition>('POST', `/plugins/${encodeURIComponent(id)}/${verb}`);
      say('good', DONE[verb](transition));
      if ((transition.hosts?.length ?? 0) > 1) tell({ verb, transition, error: undefined });
    } catch (error) {
      const told =
        error instanceof ApiError ? (error.problem.transition as Transition | undefined) : undefined;
      tell({ verb, transition: told, error });
    } finally {
      setBusy(undefined);
      void client.invalidateQueries();
    }
  };
  return { run, busy, outcome, isTold, close: () => setTold(false) };
}
