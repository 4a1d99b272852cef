import type { PluginStatus } from '../../../../src/core/ports/plugin-registry';

/** A plugin as the operator API tells of it. */
export type ShownPlugin = PluginStatus;

/** Its key, or its folder where no key can be known: both are answered to. */
export const idOf = ({ key, folder }: ShownPlugin): string => key ?? folder;

export function pluginHref(id: string, tab?: string): string {
  return `/plugins/${encodeURIComponent(id)}${tab === undefined ? '' : `/${tab}`}`;
}

/** What somebody should see to, in words. */
export function problemsOf({ failure, secrets, brokenResponses = 0, state }: ShownPlugin): readonly string[] {
  const unset = secrets.filter(({ required, isSet }) => required && !isSet).map(({ name }) => name);
  return [
    ...(failure === undefined
      ? []
      : [state === 'live' ? `its last load failed: ${failure.code}` : failure.code]),
    ...(unset.length === 0 ? [] : [`lacks ${unset.join(', ')}`]),
    ...(brokenResponses === 0 ? [] : [`${brokenResponses} answers broke their schema`]),
  ];
}

/** What it is written as. */
export function originOf({ origin }: ShownPlugin): string {
  return [...new Set(origin)].join(', ');
}
