import type { Declaration, Effect } from '../core/declaration';
import type { Awaitable } from '../core/exchange';
import type { Scope } from '../core/scope';

/** Starts something; what it defers to the scope is undone when the generation ends. */
export type InitHook = (scope: Scope) => Awaitable<unknown>;
/** Runs whenever the generation ends, after what `onInit` deferred was undone; `scope.reason` says why. */
export type CleanupHook = (scope: Scope) => Awaitable<unknown>;
export type StateHook = () => Awaitable<unknown>;
/**
 * Told of values that operators stored, checked, and of those until then; the plugin reads the new ones already. Printed or
 * serialised as a whole, their secrets are masked.
 */
export type ConfigHook = (
  values: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>>,
) => Awaitable<unknown>;

/**
 * Effects start in the order of their phase, within it as declared, and are undone in reverse. So a cleanup comes
 * last even when an init fails or hangs, and `onDisabled` first, while the plugin is still whole.
 */
const PHASES = ['cleanup', 'init', 'services', 'enabled', 'disabled'] as const;
type Phase = (typeof PHASES)[number];
interface Hook extends Effect {
  readonly phase: Phase;
}

export function initHook(where: string, run: InitHook): Hook {
  return hook('init', where, async (scope) => void (await run(scope)));
}

export function cleanupHook(where: string, run: CleanupHook): Hook {
  return hook('cleanup', where, (scope) => scope.defer(where, () => run(scope)));
}

/** Between the plugin's own initialisation and its traffic; a failure keeps it from starting. */
export function servicesHook(where: string, run: () => void): Hook {
  return hook('services', where, run);
}

/** Once the plugin's own initialisation is done: what is stored from then on it takes without a reload. */
export function configEffect(start: (scope: Scope) => void): Hook {
  return hook('services', 'onConfigChanged', start);
}

export function enabledHook(where: string, run: StateHook): Hook {
  return hook('enabled', where, async () => void (await run()));
}

export function disabledHook(where: string, run: StateHook): Hook {
  return hook('disabled', where, (scope) =>
    scope.defer(where, () => (scope.reason === 'disable' ? run() : undefined)),
  );
}

/**
 * The declarations with their effects in the order they start. An `onEnabled` that fails is told to `report` and does
 * not keep the plugin from starting.
 */
export function inStartOrder(
  declarations: readonly Declaration[],
  report: (where: string, thrown: unknown) => void,
): Declaration[] {
  const effects = declarations.filter((declaration) => declaration.kind === 'effect');
  return [
    ...declarations.filter((declaration) => declaration.kind !== 'effect'),
    ...effects
      .sort((a, b) => PHASES.indexOf(phaseOf(a)) - PHASES.indexOf(phaseOf(b)))
      .map((effect) => (phaseOf(effect) === 'enabled' ? reporting(effect, report) : effect)),
  ];
}

function phaseOf(effect: Effect): Phase {
  return 'phase' in effect ? (effect as Hook).phase : 'init';
}

function reporting(effect: Effect, report: (where: string, thrown: unknown) => void): Effect {
  const start = async (scope: Scope) => {
    try {
      await effect.start(scope);
    } catch (thrown) {
      report(effect.label, thrown);
    }
  };
  return { ...effect, start };
}

function hook(phase: Phase, where: string, start: (scope: Scope) => Awaitable<void>): Hook {
  return { kind: 'effect', phase, origin: { dialect: 'native', where }, label: where, start };
}
