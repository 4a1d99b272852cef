import { parsePluginKey } from './plugin-key';
import { nearestName } from './nearest-name';

/**
 * What a token may: `admin` everything, `read` whatever the operator may read, `tools` all tools, `tools:<key>` those of one
 * plugin, `app:<id>` what one application serves to those who are signed in.
 */
const WORDS = ['admin', 'read', 'tools', 'tools:<key>', 'app:<id>'];
const APP = /^app:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is wrong with a scope, in words; undefined when it is one. */
export function scopeIssue(scope: unknown): string | undefined {
  if (typeof scope !== 'string') return `must be one of ${WORDS.join(', ')}`;
  if (scope === 'admin' || scope === 'read' || scope === 'tools' || APP.test(scope)) return undefined;
  if (scope.startsWith('tools:') && parsePluginKey(scope.slice('tools:'.length)) !== undefined)
    return undefined;
  const meant = scope.length > 64 ? undefined : nearestName(scope, WORDS);
  const hint = meant === undefined ? `one of ${WORDS.join(', ')}` : `did you mean "${meant}"?`;
  return `"${scope.slice(0, 64)}" is no scope (${hint})`;
}

/** Whether scopes that are held include a wanted one: `admin` includes all, `tools` those of each plugin. */
export function holdsScope(held: readonly string[], wanted: string): boolean {
  return (
    held.includes('admin') || held.includes(wanted) || (wanted.startsWith('tools:') && held.includes('tools'))
  );
}
