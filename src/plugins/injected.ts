import type { InjectionToken } from 'tsyringe';
import type { Declaration } from '../core/declaration';
import type { ProvideStep } from '../core/endpoint-schema';
import { hasBrand, HostError } from '../core/errors';
import type { PluginContainer } from './container';
import type { Injected } from './endpoint-types';
import { servicesHook } from './hooks';
import { serviceOf } from './injection';

const BRAND = Symbol.for('gatehouse.injected');

/**
 * A service as a provided value: `provide: { store: inject(Store) }`. It comes from the plugin's own container, once per
 * generation, after `onInit`; what cannot be made keeps the plugin from starting. What must be new for each request is
 * made by a function instead.
 */
export function inject<Value>(token: abstract new (...values: never[]) => Value): Injected<Value>;
export function inject<Value>(token: string | symbol): Injected<Value>;
export function inject(token: unknown): Injected<unknown> {
  return Object.freeze(Object.assign(Object.create(null) as object, { token, [BRAND]: true }));
}

/** True for what `inject()` made, in whatever copy of this module. */
export function isInjected(value: unknown): value is Injected<unknown> {
  return hasBrand(value, BRAND);
}

/** A step whose value is a service; `wireServices` gives it one. */
interface InjectedStep extends ProvideStep {
  readonly token: unknown;
}

export function injectedStep(name: string, { token }: Injected<unknown>): ProvideStep {
  const step: InjectedStep = {
    name,
    needsBody: false,
    token,
    make: () => {
      throw new HostError('plugin/no-service', [nameOf(token), name]);
    },
  };
  return step;
}

interface Service {
  readonly where: string;
  value: unknown;
}

/**
 * The declarations with every injected value bound to this generation's services, and the effects that make those: each
 * token once, after the plugin's own initialisation.
 */
export function wireServices(
  declarations: readonly Declaration[],
  plugins: PluginContainer | undefined,
): Declaration[] {
  const services = new Map<unknown, Service>();
  const wired = declarations.map((declaration) => {
    if (declaration.kind !== 'endpoint' || declaration.provide?.some(isInjectedStep) !== true)
      return declaration;
    const { origin, provide } = declaration;
    return { ...declaration, provide: provide.map((step) => bound(step, services, origin.where)) };
  });
  const effects = [...services].map(([token, service]) =>
    servicesHook(`inject(${nameOf(token)}) of ${service.where}`, () => {
      service.value = resolved(token, plugins, service.where);
    }),
  );
  return [...wired, ...effects];
}

function bound(step: ProvideStep, services: Map<unknown, Service>, where: string): ProvideStep {
  if (!isInjectedStep(step)) return step;
  const service: Service = services.get(step.token) ?? { where, value: undefined };
  services.set(step.token, service);
  return { name: step.name, needsBody: false, make: () => service.value };
}

function resolved(token: unknown, plugins: PluginContainer | undefined, where: string): unknown {
  try {
    if (plugins === undefined) throw new Error('the plugin has no container');
    return serviceOf(token as InjectionToken, plugins);
  } catch (cause) {
    throw new HostError('plugin/no-service', [nameOf(token), where], { cause });
  }
}

function isInjectedStep(step: ProvideStep): step is InjectedStep {
  return 'token' in step;
}

/** True for what a container can be asked for. */
export function isToken(token: unknown): boolean {
  return ['function', 'symbol'].includes(typeof token) || (typeof token === 'string' && token !== '');
}

function nameOf(token: unknown): string {
  return typeof token === 'function' ? token.name || 'a class without a name' : String(token);
}
