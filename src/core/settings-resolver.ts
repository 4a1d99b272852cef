import path from 'node:path';
import { inspect } from 'node:util';
import { HostError } from './errors';
import type { Settings } from './settings';
import { assembleSettings } from './settings-assembly';
import { readFileValues } from './settings-file';
import {
  settingPaths,
  settingsTable,
  variablesOf,
  type SettingPath,
  type SettingRow,
} from './settings-table';
import { readVariables, type Environment } from './settings-variables';

export interface SettingsSources {
  /** From the command line, by setting path; text as typed. */
  readonly flags: Readonly<Partial<Record<SettingPath, string>>>;
  readonly env: Environment;
  /** The parsed settings file; undefined when there is none. */
  readonly file: unknown;
  /** Absolute path of that file: its relative paths start at its folder. */
  readonly fileName: string | undefined;
  /** Absolute; all other relative paths start here. */
  readonly workingFolder: string;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  /** Where each value came from: a flag, a variable, the file's name, or `default`. */
  readonly origins: ReadonlyMap<SettingPath, string>;
  readonly warnings: readonly string[];
}

interface Candidate {
  readonly given: unknown;
  readonly origin: string;
  readonly base: string;
}

/**
 * The host's settings, deeply frozen: flag over environment over file over default. Every value given is checked,
 * even one that another source overrides.
 * @throws settings/invalid naming every issue at once; a secret's value is never repeated
 */
export function resolveSettings(sources: SettingsSources): ResolvedSettings {
  const variables = readVariables(sources.env);
  const file = readFileValues(sources.file);
  const issues = [...variables.issues, ...file.issues];
  const values = new Map<SettingPath, unknown>();
  const origins = new Map<SettingPath, string>();
  const { workingFolder, fileName, flags } = sources;
  for (const setting of settingPaths) {
    const candidates: Candidate[] = [];
    const add = (given: unknown, origin: string, base = workingFolder) => {
      if (given !== undefined) candidates.push({ given, origin, base });
    };
    add(flags[setting], flagOf(setting));
    const variable = variables.values.get(setting);
    add(variable?.text, variable?.source ?? '');
    add(file.values.get(setting), fileName ?? 'file', path.dirname(fileName ?? workingFolder));
    add(settingsTable[setting].standard, 'default');
    const read = candidates.map((candidate) => readValue(setting, candidate, issues));
    values.set(setting, read[0]);
    origins.set(setting, candidates[0]?.origin ?? 'default');
  }
  if (issues.length === 0) issues.push(...contradictions(values));
  if (issues.length > 0)
    throw new HostError('settings/invalid', [issues.map((issue) => `  - ${issue}`).join('\n')]);
  const settings = deepFreeze(assembleSettings((setting) => values.get(setting) as never, file.perPlugin));
  return { settings, origins, warnings: variables.warnings };
}

/** `publicUrl` → `--public-url`, `plugins.folders` → `--plugins`. */
export function flagOf(setting: SettingPath): string {
  const variable = variablesOf(setting)[0] ?? '';
  return `--${variable.slice('GATEHOUSE_'.length).toLowerCase().replaceAll('_', '-')}`;
}

function readValue(setting: SettingPath, { given, origin, base }: Candidate, issues: string[]): unknown {
  const { kind }: SettingRow<unknown> = settingsTable[setting];
  const value = kind.parse(given, base);
  if (value === undefined) {
    const shown = kind.secret === true ? 'a value that' : inspect(given, { depth: 1, breakLength: Infinity });
    const got = kind.secret === true ? `${shown} is not` : `${shown.slice(0, 80)}, expected`;
    issues.push(`${setting} (${origin}): ${got} ${kind.expected}`);
  }
  return value;
}

/** Values that are right alone and wrong together: Node refuses to start a server with these. */
function contradictions(values: ReadonlyMap<SettingPath, unknown>): string[] {
  const [headers, request] = [values.get('timeouts.headersMs'), values.get('timeouts.requestMs')];
  if (Number(headers) <= Number(request)) return [];
  return [
    `timeouts.headersMs is ${String(headers)} and must not exceed timeouts.requestMs, which is ${String(request)}: ` +
      'headers are part of a request',
  ];
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  // Frozen before its parts: anchors in the file may make it refer to itself.
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
