import type { Declarer } from './declaration';

/**
 * One decorated member of a plugin class: given the injected instance, declares what the member is. Runs once per
 * generation, at translate. Throw a HostError to refuse; look the method up on `instance` so that overrides count.
 */
export type Member = (instance: object, declarer: Declarer) => void;

/** On the prototype itself and by a registered symbol: several copies of this module, or realms, agree on it. */
const MEMBERS = Symbol.for('gatehouse.class-members');

/**
 * What a member decorator calls: adds `member` to the class whose prototype this is, in order of decoration.
 * A decorator is `(prototype: object, name: string | symbol) => recordMember(prototype, (instance, declarer) => …)`.
 */
export function recordMember(prototype: object, member: Member): void {
  const own = Object.getOwnPropertyDescriptor(prototype, MEMBERS)?.value as Member[] | undefined;
  if (own === undefined) Object.defineProperty(prototype, MEMBERS, { value: [member] });
  else own.push(member);
}

/** Every recorded member of a class and its bases, a base's before its subclass's, in order of decoration. */
export function membersOf(prototype: object): readonly Member[] {
  const base: unknown = Object.getPrototypeOf(prototype);
  const inherited = typeof base === 'object' && base !== null ? membersOf(base) : [];
  const own = Object.getOwnPropertyDescriptor(prototype, MEMBERS)?.value as Member[] | undefined;
  return own === undefined ? inherited : [...inherited, ...own];
}

type AnyMethod = (...args: unknown[]) => unknown;

/**
 * The method `name` of a plugin class's instance, bound to it and looked up at each call.
 * @throws TypeError when the member is no method: the decorator stands on something else
 */
export function methodOf(instance: object, name: string | symbol): AnyMethod {
  const holder = instance as Record<string | symbol, unknown>;
  if (typeof holder[name] !== 'function')
    throw new TypeError(`${String(name)} is decorated but is no method; move the decorator to a method`);
  return (...args) => (holder[name] as AnyMethod)(...args);
}
