import 'reflect-metadata';
import { createRequire } from 'node:module';
import * as tsyringe from 'tsyringe';
import { createPluginContainer } from '../../src/plugins/container';

const { typeInfo } = createRequire(__filename)('tsyringe/dist/cjs/dependency-container.js') as {
  typeInfo: Map<unknown, unknown>;
};
type Shim = typeof tsyringe;
const shimOf = (plugins: ReturnType<typeof createPluginContainer>) => plugins.module as unknown as Shim;

describe("a plugin's own tsyringe", () => {
  test('the pinned version keeps decorated classes in a table at the path we delete them from', () => {
    class Kept {}
    tsyringe.injectable()(Kept);
    expect(typeInfo.has(Kept)).toBe(true);
    typeInfo.delete(Kept);
  });

  test('forgets every class its decorators saw, and only those', () => {
    const before = new Set(typeInfo.keys());
    const plugins = createPluginContainer();
    const { injectable, singleton, scoped, autoInjectable, Lifecycle } = shimOf(plugins);
    class A {}
    class B {}
    class C {}
    class D {}
    injectable()(A);
    singleton()(B);
    scoped(Lifecycle.ContainerScoped)(C);
    autoInjectable()(D);
    expect([A, B, C, D].every((one) => typeInfo.has(one))).toBe(true);
    plugins.dispose();
    expect(new Set(typeInfo.keys())).toEqual(before);
  });

  test("registers in its container, never in the host's", () => {
    const plugins = createPluginContainer();
    const { injectable, singleton, scoped, registry, container, Lifecycle } = shimOf(plugins);
    class Single {}
    singleton()(Single);
    class Scoped {}
    scoped(Lifecycle.ContainerScoped, 'scoped')(Scoped);
    class Named {}
    injectable({ token: ['one', 'two'] })(Named);
    registry([{ token: 'value', useValue: 5 }])(Named);
    expect(container).toBe(plugins.container);
    expect(container.resolve(Single)).toBe(container.resolve(Single));
    expect(container.resolve('scoped')).toBe(container.resolve('scoped'));
    expect(container.resolve('one')).toBeInstanceOf(Named);
    expect(container.resolve('value')).toBe(5);
    for (const token of [Single, 'scoped', 'one', 'two', 'value'])
      expect(tsyringe.container.isRegistered(token)).toBe(false);
    plugins.dispose();
  });

  test('does not see what the host registered', () => {
    tsyringe.container.register('host-only', { useValue: 1 });
    const plugins = createPluginContainer();
    expect(() => plugins.container.resolve('host-only')).toThrow('unregistered');
    tsyringe.container.reset();
  });

  test('autoInjectable fills the arguments that are missing', () => {
    const plugins = createPluginContainer();
    const { autoInjectable, inject, container } = shimOf(plugins);
    container.register('b', { useValue: 'from the container' });
    class Pair {
      constructor(
        readonly a?: string,
        readonly b?: string,
      ) {}
    }
    inject('a')(Pair, undefined, 0);
    inject('b')(Pair, undefined, 1);
    const Filled = autoInjectable()(Pair) as unknown as typeof Pair;
    expect(new Filled('given')).toMatchObject({ a: 'given', b: 'from the container' });
    expect(new Filled('given', 'both')).toMatchObject({ a: 'given', b: 'both' });
    plugins.dispose();
  });

  test('knows a lent class only while it is used', () => {
    const plugins = createPluginContainer();
    class Lent {}
    expect(plugins.lend(Lent, () => typeInfo.has(Lent))).toBe(true);
    expect(typeInfo.has(Lent)).toBe(false);
    expect(() =>
      plugins.lend(Lent, () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(typeInfo.has(Lent)).toBe(false);
  });
});
