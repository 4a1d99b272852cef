import { parsePluginKey } from './plugin-key';
import { nearestName } from './nearest-name';

/**
 * What a token may of the operator API: `read` everything that tells no secret; `replay` retry, replay, pause and send;
 * `plugins` load, configure and test plugins; `secrets` set them and issue addresses; `deliveries` be handed what endpoints
 * receive, and answer it; `admin` everything. Each includes `read`, but for `deliveries`.
 */
export const OPERATOR_SCOPES = ['read', 'replay', 'plugins', 'secrets', 'deliveries', 'admin'] as const;
export type OperatorScope = (typeof OPERATOR_SCOPES)[number];

/**
 * Besides those of the operator API: `tools` all tools, `tools:<key>` those of one plugin, `app:<id>` what one application
 * serves to those who are signed in.
 */
const WORDS = [...OPERATOR_SCOPES, 'tools', 'tools:<key>', 'app:<id>'];
const PLAIN: ReadonlySet<string> = new Set([...OPERATOR_SCOPES, 'tools']);
const READING: readonly string[] = ['replay', 'plugins', 'secrets'] satisfies OperatorScope[];
const APP = /^app:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is wrong with a scope, in words; undefined when it is one. */
export function scopeIssue(scope: unknown): string | undefined {
  if (typeof scope !== 'string') return `must be one of ${WORDS.join(', ')}`;
  if (PLAIN.has(scope) || APP.test(scope)) return undefined;
  if (scope.startsWith('tools:') && parsePluginKey(scope.slice('tools:'.length)) !== undefined)
    return undefined;
  const meant = scope.length > 64 ? undefined : nearestName(scope, WORDS);
  const hint = meant === undefined ? `one of ${WORDS.join(', ')}` : `did you mean "${meant}"?`;
  return `"${scope.slice(0, 64)}" is no scope (${hint})`;
}

/** Whether scopes that are held include a wanted one: `admin` includes all, `tools` those of each plugin. */
export function holdsScope(held: readonly string[], wanted: string): boolean {
  if (held.includes('admin') || held.includes(wanted)) return true;
  if (wanted === 'read') return held.some((scope) => READING.includes(scope));
  return wanted.startsWith('tools:') && held.includes('tools');
}
