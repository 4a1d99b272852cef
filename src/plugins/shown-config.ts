import { inspect } from 'node:util';
import type { DeclaredConfig } from '../core/ports/plugin-config';
import type { ConfigFields } from './config-follower';
import { maskedValues } from './config-secrets';

/**
 * The values, frozen, whose secret ones are masked where the object is printed or serialised as a whole, as operators see
 * them; a field that is read is what it is. Without a schema nothing is secret.
 */
export function maskedWhenShown(declared: DeclaredConfig | undefined, values: ConfigFields): ConfigFields {
  if (declared === undefined) return values;
  const show = { value: () => maskedValues(declared, values) };
  const ways = { toJSON: show, [inspect.custom]: show };
  // A field of that name goes before the method; none of them is listed.
  return Object.freeze(Object.defineProperties({}, { ...ways, ...Object.getOwnPropertyDescriptors(values) }));
}

/** What stands for the values where they are shown as a whole. */
export function shownConfig(values: ConfigFields): ConfigFields {
  const show = (values as { [inspect.custom]?: () => ConfigFields })[inspect.custom];
  return show === undefined ? { ...values } : show();
}

/** Whether it names one of the values, and none of the ways to show them. */
export function isConfigField(values: ConfigFields, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(values, name);
}
