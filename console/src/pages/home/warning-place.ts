import type { Warning } from '../../../../src/core/ports/health-desk';
import { pluginHref } from '../plugin/plugin-facts';

export interface WarningPlace {
  /** A location of the console, `#` included. */
  readonly href: string;
  readonly title: string;
}

/** Where what a warning says is seen to; undefined where that is not in the console. */
export function placeOf({ about, plugin }: Warning): WarningPlace | undefined {
  switch (about) {
    case 'plugin':
      return ofPlugin(plugin);
    case 'secrets':
      return ofPlugin(plugin, 'secrets');
    case 'dead-letters':
      return { href: '#/dead-letters', title: 'Dead letters' };
    case 'refused':
      return { href: '#/refused', title: 'Refused' };
    case 'deprecations':
      return { href: '#/deprecations', title: 'Deprecations' };
    case 'settings':
      return undefined;
  }
}

function ofPlugin(plugin: string | undefined, tab?: string): WarningPlace {
  if (plugin === undefined) return { href: '#/plugins', title: 'Plugins' };
  return { href: `#${pluginHref(plugin, tab)}`, title: tab === undefined ? plugin : `${plugin}: ${tab}` };
}
