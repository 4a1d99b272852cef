import { isSecretName } from '../../core/declared-secrets';
import { patternIssue } from '../../core/event';
import { parsePluginKey, type PluginKey } from '../../core/plugin-key';

/** A value that the app's code finds in `env`. */
export interface AppVariable {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}
/** An event that starts a run of the agent. */
export interface AgentBinding {
  readonly on: string;
  readonly prompt: string;
  readonly channel?: string;
  readonly tools?: readonly string[];
}

/** What `informer.yaml` says, checked. */
export interface AppManifest {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly description: string;
  /** The user in whose name webhooks run. */
  readonly owner: string;
  readonly env: readonly AppVariable[];
  /** Other plugins by the name that the code calls them. */
  readonly dependencies: Readonly<Record<string, PluginKey>>;
  readonly agents: readonly AgentBinding[];
}

/** Of an app whose manifest names nobody: who runs the host. */
const STANDARD_OWNER = 'operator';
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** True for what may stand for an app in addresses and in the scope `app:<id>`. */
export function isAppId(id: unknown): id is string {
  return typeof id === 'string' && ID.test(id);
}

/** Reads what `informer.yaml` holds; what is wrong with it goes to `issues`, and names that are not known here are left out. */
export function parseAppManifest(given: unknown, issues: string[]): AppManifest {
  const fields = isRecord(given) ? given : {};
  if (given !== undefined && !isRecord(given)) issues.push('informer.yaml is not a map of names and values');
  const text = (name: string): string | undefined => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    issues.push(`informer.yaml: ${name} is no text`);
    return undefined;
  };
  const id = text('id');
  const isKnown = isAppId(id);
  if (id !== undefined && !isKnown)
    issues.push(
      `informer.yaml: the id "${String(id).slice(0, 64)}" is not letters, digits, ".", "_" and "-" (64 at most)`,
    );
  return {
    id: isKnown ? id : undefined,
    name: text('name'),
    description: text('description') ?? '',
    owner: text('owner') ?? STANDARD_OWNER,
    env: variablesIn(fields['env'], issues),
    dependencies: dependenciesIn(fields['dependencies'], issues),
    agents: agentsIn(fields['agents'], issues),
  };
}

/** `[NAME, { name, description, required }]`, or `{ NAME: description, NAME: { description, required } }`. */
function variablesIn(given: unknown, issues: string[]): AppVariable[] {
  return entriesOf(given, 'env', issues).flatMap(([key, value]) => {
    const name = key ?? (isRecord(value) ? value['name'] : value);
    if (!isSecretName(name)) {
      issues.push(`informer.yaml: env names "${String(name).slice(0, 64)}", which no variable can be called`);
      return [];
    }
    const about = isRecord(value) ? value['description'] : key === undefined ? undefined : value;
    const required = isRecord(value) && value['required'] === true;
    return [{ name, description: typeof about === 'string' ? about : '', required }];
  });
}

/** `[acme.github]`, called by its module, or `{ github: acme.github }`. */
function dependenciesIn(given: unknown, issues: string[]): Record<string, PluginKey> {
  const found = Object.create(null) as Record<string, PluginKey>;
  for (const [name, value] of entriesOf(given, 'dependencies', issues)) {
    const told = isRecord(value) ? value['plugin'] : value;
    const key = typeof told === 'string' ? parsePluginKey(told) : undefined;
    if (key === undefined)
      issues.push(
        `informer.yaml: the dependency "${String(name ?? told).slice(0, 64)}" names no plugin (author.module)`,
      );
    else found[name ?? key.slice(key.indexOf('.') + 1)] = key;
  }
  return found;
}

function agentsIn(given: unknown, issues: string[]): AgentBinding[] {
  return entriesOf(given, 'agents', issues).flatMap(([key, value], index) => {
    const at = `informer.yaml: agents[${key ?? index}]`;
    const { on, prompt, channel, tools } = isRecord(value) ? value : {};
    const wrong = [
      patternIssue(on) === undefined ? '' : `${at}.on ${patternIssue(on) ?? ''}`,
      typeof prompt === 'string' && prompt.trim() !== '' ? '' : `${at}.prompt is no text`,
      channel === undefined || typeof channel === 'string' ? '' : `${at}.channel is no chat key`,
      tools === undefined || isTexts(tools) ? '' : `${at}.tools is no list of names`,
    ].filter((issue) => issue !== '');
    issues.push(...wrong);
    if (wrong.length > 0) return [];
    return [
      {
        on: on as string,
        prompt: prompt as string,
        ...(typeof channel === 'string' && { channel }),
        ...(isTexts(tools) && { tools }),
      },
    ];
  });
}

/** The entries of a list, which have no name, or of a map. */
function entriesOf(given: unknown, name: string, issues: string[]): [string | undefined, unknown][] {
  if (given === undefined || given === null) return [];
  if (Array.isArray(given)) return given.map((value: unknown) => [undefined, value]);
  if (isRecord(given)) return Object.entries(given);
  issues.push(`informer.yaml: ${name} is neither a list nor a map`);
  return [];
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Also of another realm: the manifest is parsed where the app's code runs. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
