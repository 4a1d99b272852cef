import { readFileSync } from 'node:fs';
import { toError } from './errors';
import { nearestName } from './nearest-name';
import { settingPaths, variablesOf, type SettingPath } from './settings-table';

/** The process's variables, handed in by whoever started it. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface GivenText {
  readonly text: string;
  /** How to name the source in a message: the variable. */
  readonly source: string;
}
export interface VariableReading {
  readonly values: ReadonlyMap<SettingPath, GivenText>;
  readonly issues: readonly string[];
  readonly warnings: readonly string[];
}

const PREFIX = 'GATEHOUSE_';
const FILE = '_FILE';

/** Reads every `GATEHOUSE_*` variable that is a setting; an empty one counts as not given. Never throws. */
export function readVariables(environment: Environment): VariableReading {
  const issues: string[] = [];
  const warnings: string[] = [];
  const values = new Map<SettingPath, GivenText>();
  const known = new Map(
    settingPaths.flatMap((path) => variablesOf(path).map((name) => [name, path] as const)),
  );
  for (const name of namesGiven(environment)) {
    const path = known.get(name) ?? known.get(withoutFile(name));
    if (path === undefined) judgeUnknown(name, [...known.keys()], issues, warnings);
    else if (values.has(path))
      issues.push(`${name} and ${values.get(path)?.source} are both given; keep one`);
    else {
      const text = readText(name, known.has(name), environment, issues);
      if (text !== undefined) values.set(path, { text, source: name });
    }
  }
  return { values, issues, warnings };
}

function namesGiven(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && environment[name] !== undefined && environment[name] !== '')
    .sort();
}

function withoutFile(name: string): string {
  return name.endsWith(FILE) ? name.slice(0, -FILE.length) : name;
}

function readText(
  name: string,
  direct: boolean,
  environment: Environment,
  issues: string[],
): string | undefined {
  const value = environment[name] ?? '';
  if (direct) return value;
  try {
    return readFileSync(value, 'utf8').trim();
  } catch (error) {
    issues.push(`${name} names ${value}, which cannot be read: ${toError(error).message}`);
    return undefined;
  }
}

function judgeUnknown(name: string, known: readonly string[], issues: string[], warnings: string[]): void {
  const plain = withoutFile(name);
  if (/^GATEHOUSE_CONFIG_[^_]+_[^_]|^GATEHOUSE_SECRET_[^_]+_[^_]+_[^_]/.test(name)) return;
  // For the tests of this repository, which start hosts in the environment they were given themselves.
  if (name.startsWith('GATEHOUSE_TEST_')) return;
  // Of the command line alone: what `gatehouse send` signs with for another host.
  if (name === 'GATEHOUSE_SEND_SECRET') return;
  if (name === 'GATEHOUSE_CONFIG' || name.startsWith('GATEHOUSE_CONFIG_'))
    issues.push(
      `${name} is not a setting; the settings file is named with --config, a plugin's value with ` +
        'GATEHOUSE_CONFIG_<AUTHOR>_<MODULE>_<NAME>',
    );
  else if (name.startsWith('GATEHOUSE_SECRET_'))
    warnings.push(
      `${name} is no plugin's secret; such a variable is GATEHOUSE_SECRET_<AUTHOR>_<MODULE>_<NAME>`,
    );
  else issues.push(`${name} is not a setting; the nearest is ${nearestName(plain, known)}`);
}
