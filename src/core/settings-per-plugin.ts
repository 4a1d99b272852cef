import { inspect } from 'node:util';
import type { EndpointAccess } from './access';
import { normaliseEndpoint } from './endpoint-path';
import { accessIssues } from './access-issues';
import { nearestName } from './nearest-name';
import type { EndpointSettings, PluginSettings } from './settings';
import { hostNames, networks } from './settings-gate-kinds';
import { answer, flag, isMapping, type SettingKind } from './settings-kinds';

type Mapping = Readonly<Record<string, unknown>>;

/** What may stand under `plugins.<key>`, and under what stands there. */
const PLUGIN_NAMES: readonly string[] = ['config', 'webhookMethods', 'endpoints', 'allowFrom', 'http'];
const WEBHOOK_NAMES: readonly string[] = ['answer'];
const ENDPOINT_NAMES: readonly string[] = ['answer', 'access', 'force'];
const HTTP_NAMES: readonly string[] = ['allow', 'allowPrivate', 'allowHttp'];

/** Reads what the file says at `at` about one plugin; refuses what it does not know. Never throws. */
export function readPluginSettings(at: string, value: unknown, issues: string[]): PluginSettings {
  const entry = known(value, at, PLUGIN_NAMES, issues);
  const webhooks = known(entry.webhookMethods, `${at}.webhookMethods`, WEBHOOK_NAMES, issues);
  const endpoints = readEndpoints(`${at}.endpoints`, entry.endpoints, issues);
  const http = known(entry.http, `${at}.http`, HTTP_NAMES, issues);
  return {
    config: asMapping(entry.config, `${at}.config`, issues),
    ...(entry.webhookMethods != null && {
      webhookMethods: one('answer', answer, webhooks, `${at}.webhookMethods`, issues),
    }),
    ...(Object.keys(endpoints).length > 0 && { endpoints }),
    ...one('allowFrom', networks, entry, at, issues),
    ...(entry.http != null && {
      http: {
        ...one('allow', hostNames, http, `${at}.http`, issues),
        ...one('allowPrivate', networks, http, `${at}.http`, issues),
        ...one('allowHttp', flag, http, `${at}.http`, issues),
      },
    }),
  };
}

/** A mapping; nothing at all, and YAML's null, are an empty one. */
export function asMapping(value: unknown, at: string, issues: string[]): Mapping {
  if (value === undefined || value === null) return {};
  if (isMapping(value)) return value;
  issues.push(`${at} must be a mapping (name: value), not ${Array.isArray(value) ? 'a list' : typeof value}`);
  return {};
}

function readEndpoints(at: string, value: unknown, issues: string[]): Record<string, EndpointSettings> {
  const entries = Object.entries(asMapping(value, at, issues));
  const paths = new Map<string, string>();
  for (const [path] of entries) {
    const other = paths.get(normaliseEndpoint(path));
    if (other !== undefined) issues.push(`${at}.${other} and ${at}.${path} are the same endpoint; keep one`);
    paths.set(normaliseEndpoint(path), path);
  }
  return Object.fromEntries(
    entries.map(([path, said]) => [path, readEndpoint(`${at}.${path}`, said, issues)] as const),
  );
}

function readEndpoint(at: string, value: unknown, issues: string[]): EndpointSettings {
  const entry = known(value, at, ENDPOINT_NAMES, issues);
  const force = one('force', flag, entry, at, issues);
  const isAlone = entry.access === undefined || entry.access === null;
  if (force.force === true && isAlone) issues.push(`${at}.force is about ${at}.access, which is not there`);
  return {
    ...one('answer', answer, entry, at, issues),
    ...(isAlone ? {} : readAccess(at, entry.access, issues)),
    ...force,
  };
}

function readAccess(at: string, given: unknown, issues: string[]): Pick<EndpointSettings, 'access'> {
  const found = accessIssues(given);
  issues.push(...found.map((issue) => `${at}.${issue}`));
  return found.length === 0 ? { access: given as EndpointAccess } : {};
}

function known(value: unknown, at: string, names: readonly string[], issues: string[]): Mapping {
  const entry = asMapping(value, at, issues);
  for (const name of Object.keys(entry).filter((given) => !names.includes(given)))
    issues.push(
      `${at}.${name} is not a setting of a plugin; the nearest is ${at}.${nearestName(name, names)}`,
    );
  return entry;
}

/** What an entry says under one name; nothing where it says nothing, or nothing right. */
function one<Name extends string, T>(
  name: Name,
  kind: SettingKind<T>,
  entry: Mapping,
  at: string,
  issues: string[],
): { readonly [N in Name]?: T } {
  const given = entry[name];
  if (given === undefined || given === null) return {};
  const parsed = kind.parse(given, '');
  if (parsed !== undefined) return { [name]: parsed } as { readonly [N in Name]?: T };
  const shown = inspect(given, { depth: 1, breakLength: Infinity }).slice(0, 80);
  issues.push(`${at}.${name}: ${shown}, expected ${kind.expected}`);
  return {};
}
