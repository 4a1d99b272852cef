import { HostError } from '../core/errors';
import type { PluginInfo } from '../core/plugin-info';
import { hostNames } from '../core/settings-gate-kinds';
import { isKeyPart, parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { Found } from './discover';

/**
 * What the author wrote about a plugin, checked and frozen, with its key.
 * @throws plugin/invalid-info naming every fault at once
 */
export function parsePluginInfo(given: unknown): { readonly info: PluginInfo; readonly key: PluginKey } {
  if (typeof given !== 'object' || given === null) {
    throw new HostError('plugin/invalid-info', [
      `it is ${given === null ? 'null' : typeof given}, not an object`,
    ]);
  }
  const fields = given as Record<string, unknown>;
  const allowHosts = Array.isArray(fields['allowHosts'])
    ? hostNames.parse(fields['allowHosts'], '')
    : undefined;
  const issues = [
    ...['author', 'module'].map((name) => keyPartIssue(name, fields[name])),
    ...['name', 'version'].map((name) =>
      typeof fields[name] === 'string' && fields[name].trim() !== '' ? '' : `${name} is missing or no text`,
    ),
    typeof fields['description'] === 'string' ? '' : 'description is missing or no text',
    isOptional(fields['url'], 'string') ? '' : 'url is no text',
    isOptional(fields['exclusive'], 'boolean') ? '' : 'exclusive is neither true nor false',
    webuiPathIssue(fields['webuiPath']),
    allowHosts === undefined && fields['allowHosts'] !== undefined
      ? 'allowHosts lists no host names such as "api.example.org" or "*.example.org"'
      : '',
  ].filter((issue) => issue !== '');
  const key = parsePluginKey(`${String(fields['author'])}.${String(fields['module'])}`);
  if (issues.length > 0 || key === undefined) throw new HostError('plugin/invalid-info', [issues.join('; ')]);
  const { author, module, name, version, description, url, exclusive, webuiPath } = given as PluginInfo;
  return {
    key,
    info: Object.freeze({
      author,
      module,
      name,
      version,
      description,
      ...(url === undefined ? {} : { url }),
      ...(exclusive === undefined ? {} : { exclusive }),
      ...(webuiPath === undefined ? {} : { webuiPath }),
      ...(allowHosts === undefined ? {} : { allowHosts: Object.freeze(allowHosts) }),
    }),
  };
}

/** @throws plugin/invalid-info when its page would be a file, but the plugin has no folder of its own */
export function assertPagePlace({ webuiPath }: PluginInfo, { from }: Pick<Found, 'from'>): void {
  if (from !== 'file' || webuiPath === undefined || webuiPath.startsWith('/')) return;
  throw new HostError('plugin/invalid-info', [
    'webuiPath names a file, but the plugin has no folder of its own',
  ]);
}

/** Its folder is served whole, so it must not be the plugin's own: sources and their like lie there. */
function webuiPathIssue(value: unknown): string {
  if (value === undefined) return '';
  const why = 'webuiPath is neither a route ("/board") nor a file in a folder ("web/index.html")';
  if (typeof value !== 'string' || value.length > 1_000) return why;
  const isRoute = value.startsWith('/');
  const segments = (isRoute ? value.slice(1) : value).split('/');
  // Control characters, and what addresses give a meaning to; a colon starts a scheme or a drive.
  const isPlain = !/[\u0000-\u0020\u007f\\?#%:]/.test(value);
  const areSegments = segments.every((segment) => !segment.startsWith('.') && segment !== '');
  if (!isPlain || !(areSegments || value === '/')) return why;
  return isRoute || (segments.length > 1 && segments[0] !== 'node_modules') ? '' : why;
}

function keyPartIssue(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') return `${name} is missing or no text`;
  return isKeyPart(value)
    ? ''
    : `${name} "${value.slice(0, 80)}" is not a letter or _ followed by letters, digits or _`;
}

function isOptional(value: unknown, type: 'string' | 'boolean'): boolean {
  return value === undefined || typeof value === type;
}
