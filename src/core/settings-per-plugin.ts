import { inspect } from 'node:util';
import { nearestName } from './nearest-name';
import type { PluginSettings } from './settings';
import { answer, isMapping } from './settings-kinds';

type Mapping = Readonly<Record<string, unknown>>;

/** What may stand under `plugins.<key>`, and under one of its endpoints. */
const PLUGIN_NAMES: readonly string[] = ['config', 'webhookMethods', 'endpoints'];
const WEBHOOK_NAMES: readonly string[] = ['answer'];
const ENDPOINT_NAMES: readonly string[] = ['answer'];

/** Reads what the file says at `at` about one plugin; refuses what it does not know. Never throws. */
export function readPluginSettings(at: string, value: unknown, issues: string[]): PluginSettings {
  const entry = known(value, at, PLUGIN_NAMES, issues);
  const webhooks = known(entry.webhookMethods, `${at}.webhookMethods`, WEBHOOK_NAMES, issues);
  const endpoints = asMapping(entry.endpoints, `${at}.endpoints`, issues);
  const read = Object.entries(endpoints).map(([path, one]) => {
    const here = `${at}.endpoints.${path}`;
    return [path, readAnswer(here, known(one, here, ENDPOINT_NAMES, issues), issues)] as const;
  });
  return {
    config: asMapping(entry.config, `${at}.config`, issues),
    ...(entry.webhookMethods != null && {
      webhookMethods: readAnswer(`${at}.webhookMethods`, webhooks, issues),
    }),
    ...(read.length > 0 && { endpoints: Object.fromEntries(read) }),
  };
}

/** A mapping; nothing at all, and YAML's null, are an empty one. */
export function asMapping(value: unknown, at: string, issues: string[]): Mapping {
  if (value === undefined || value === null) return {};
  if (isMapping(value)) return value;
  issues.push(`${at} must be a mapping (name: value), not ${Array.isArray(value) ? 'a list' : typeof value}`);
  return {};
}

function known(value: unknown, at: string, names: readonly string[], issues: string[]): Mapping {
  const entry = asMapping(value, at, issues);
  for (const name of Object.keys(entry).filter((given) => !names.includes(given)))
    issues.push(
      `${at}.${name} is not a setting of a plugin; the nearest is ${at}.${nearestName(name, names)}`,
    );
  return entry;
}

function readAnswer(
  at: string,
  entry: Mapping,
  issues: string[],
): NonNullable<PluginSettings['webhookMethods']> {
  const given = entry.answer;
  if (given === undefined || given === null) return {};
  const parsed = answer.parse(given, '');
  if (parsed !== undefined) return { answer: parsed };
  const shown = inspect(given, { depth: 1, breakLength: Infinity }).slice(0, 80);
  issues.push(`${at}.answer: ${shown}, expected ${answer.expected}`);
  return {};
}
