import 'reflect-metadata';
import { createRequire } from 'node:module';
import * as tsyringe from 'tsyringe';
import type { ClassProvider, DependencyContainer, InjectionToken, RegistrationOptions } from 'tsyringe';

/** A class as containers see one. */
export type InjectableClass = Extract<
  ClassProvider<object>['useClass'],
  abstract new (...values: never[]) => object
>;

/**
 * One plugin generation's own tsyringe: `module` is what the plugin's `import … from 'tsyringe'` receives. Its
 * decorators write to this container, which knows nothing of the host's; `dispose` forgets every class they saw.
 */
export interface PluginContainer {
  readonly container: DependencyContainer;
  readonly module: Readonly<Record<string, unknown>>;
  /** True for what the container makes itself when asked for it: a class nobody registered, or one under its own name. */
  constructs(target: InjectableClass): boolean;
  /** Makes `target` known to the container for as long as `use` runs. */
  lend<T>(target: InjectableClass, use: () => T): T;
  dispose(): void;
}

/**
 * tsyringe's table of decorated classes: module-global and strong, so it keeps every class it ever saw. A private
 * path of 4.10.0; a test fails when an upgrade moves it.
 */
const typeInfo = privateTypeInfo();

export function createPluginContainer(): PluginContainer {
  const Container = tsyringe.container.constructor as new () => DependencyContainer;
  const container = new Container();
  const recorded = new Set<unknown>();
  const underOwnName = new Set<unknown>();
  const register: Register = (token, target, options) => {
    if (token === target) underOwnName.add(target);
    container.register(token, { useClass: target }, options);
  };
  const record = (target: InjectableClass) => {
    tsyringe.injectable()(target);
    recorded.add(target);
  };
  return {
    container,
    module: Object.freeze({
      ...tsyringe,
      container,
      instance: container,
      ...decorators(container, record, register),
    }),
    constructs: (target) => !container.isRegistered(target) || underOwnName.has(target),
    lend(target, use) {
      const known = typeInfo.has(target);
      if (!known) tsyringe.injectable()(target);
      try {
        return use();
      } finally {
        if (!known) typeInfo.delete(target);
      }
    },
    dispose() {
      for (const target of recorded) typeInfo.delete(target);
      recorded.clear();
      underOwnName.clear();
      container.reset();
    },
  };
}

type Register = (token: InjectionToken, target: InjectableClass, options?: RegistrationOptions) => void;

/** The decorators of tsyringe that write to its root container or table, redirected to one plugin's. */
function decorators(
  container: DependencyContainer,
  record: (target: InjectableClass) => void,
  register: Register,
): Record<string, unknown> {
  return {
    injectable: (options?: { token?: InjectionToken | InjectionToken[] }) => (target: InjectableClass) => {
      record(target);
      for (const token of [options?.token ?? []].flat()) register(token as InjectionToken, target);
    },
    singleton: () => (target: InjectableClass) => {
      record(target);
      register(target, target, { lifecycle: tsyringe.Lifecycle.Singleton });
    },
    scoped:
      (lifecycle: tsyringe.Lifecycle, token?: InjectionToken) =>
      (target: InjectableClass): void => {
        record(target);
        register(token ?? target, target, { lifecycle });
      },
    registry:
      (registrations: { token: InjectionToken; options?: RegistrationOptions }[] = []) =>
      (target: InjectableClass): InjectableClass => {
        for (const { token, options, ...provider } of registrations)
          container.register(token, provider as ClassProvider<object>, options);
        return target;
      },
    autoInjectable: () => (target: InjectableClass) => {
      record(target);
      return autoInjected(container, target);
    },
  };
}

/** A subclass whose missing constructor arguments come from `container`. */
function autoInjected(container: DependencyContainer, target: InjectableClass): InjectableClass {
  const parameters = typeInfo.get(target) ?? [];
  const Base = target as unknown as new (...values: unknown[]) => object;
  return class extends Base {
    constructor(...values: unknown[]) {
      super(...values, ...resolveAll(container, parameters.slice(values.length)));
    }
  } as unknown as InjectableClass;
}

function resolveAll(container: DependencyContainer, parameters: readonly unknown[]): unknown[] {
  if (parameters.length === 0) return [];
  class Values {
    readonly values: unknown[];
    constructor(...values: unknown[]) {
      this.values = values;
    }
  }
  typeInfo.set(Values, parameters);
  try {
    return container.resolve(Values).values;
  } finally {
    typeInfo.delete(Values);
  }
}

function privateTypeInfo(): Map<unknown, readonly unknown[]> {
  const path = 'tsyringe/dist/cjs/dependency-container.js';
  const table: unknown = (createRequire(__filename)(path) as Record<string, unknown>)['typeInfo'];
  if (!(table instanceof Map))
    throw new Error(`${path} has no typeInfo: this tsyringe is not the pinned one`);
  return table as Map<unknown, readonly unknown[]>;
}
