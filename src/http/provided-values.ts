import { callFor, type Actor } from '../core/actor';
import type { ProvideStep } from '../core/endpoint-schema';
import type { Awaitable } from '../core/exchange';
import { isThenable } from './awaited';
import type { TypedExchange } from './typed-exchange';

/** Makes what is provided, one after the other, each under its name on the exchange. @throws what a step throws */
export function provideValues(
  steps: readonly ProvideStep[],
  typed: TypedExchange,
  actor: Actor,
  from = 0,
): Awaitable<void> {
  for (let index = from; index < steps.length; index += 1) {
    const step = steps[index] as ProvideStep;
    const made = callFor(actor, () => step.make(typed.given));
    if (isThenable(made))
      return Promise.resolve(made).then((value) => {
        typed.provide(step.name, value);
        return provideValues(steps, typed, actor, index + 1);
      });
    typed.provide(step.name, made);
  }
  return undefined;
}
