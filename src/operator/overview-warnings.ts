import type { Warning } from '../core/ports/health-desk';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginStatus } from '../core/ports/plugin-registry';

interface Facts {
  readonly statuses: readonly PluginStatus[];
  readonly uses: readonly DeprecationUse[];
  readonly publicUrl: string | undefined;
  readonly dead: number;
  readonly refused: number;
}

/** Of one kind, named in one line. */
const MOST_NAMED = 5;
/** What only reads may well be open to anybody. */
const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What an operator should see to, the most urgent first; each says what to do. */
export function seeTo({ statuses, uses, publicUrl, dead, refused }: Facts): readonly Warning[] {
  return [
    ...statuses.flatMap(ofFailure),
    ...statuses.flatMap(ofSecrets),
    ...said(
      'dead-letters',
      dead === 0 ? '' : `Dead letters: ${dead}. Look at their errors, mend what failed and retry them.`,
    ),
    ...ofOpen(statuses),
    ...said(
      'refused',
      refused === 0
        ? ''
        : `Refused in the last hour: ${refused}. The doctor says of each what would have passed.`,
    ),
    ...ofPublicUrl(statuses, publicUrl),
    ...said(
      'deprecations',
      uses.length === 0
        ? ''
        : `Deprecated and still in use: ${uses.length}. The list says by whom, and what to use instead.`,
    ),
  ];
}

/** Nothing where there is nothing to say. */
function said(about: Warning['about'], text: string): readonly Warning[] {
  return text === '' ? [] : [{ text, about }];
}

function ofFailure({ key, folder, state, failure, generation }: PluginStatus): readonly Warning[] {
  if (failure === undefined) return [];
  const name = key ?? folder;
  const still = state === 'live' ? `; generation ${generation} serves on` : '';
  const why = failure.message.replace(/\.$/, '');
  return [{ text: `${name} failed: ${why}${still}. Mend it and reload it.`, about: 'plugin', plugin: name }];
}

function ofSecrets({ key, folder, secrets }: PluginStatus): readonly Warning[] {
  const unset = secrets.filter(({ required, isSet }) => required && !isSet).map(({ name }) => name);
  if (unset.length === 0) return [];
  const name = key ?? folder;
  const text = `${name} lacks ${named(unset)}: some of its endpoints answer 503 until it is set.`;
  return [{ text, about: 'secrets', plugin: name }];
}

function ofOpen(statuses: readonly PluginStatus[]): readonly Warning[] {
  const open = statuses.flatMap(({ key, endpoints }) =>
    endpoints
      .filter(({ isOpen, method }) => isOpen && !READING.includes(method))
      .map(({ method, path, origin }) => ({ key, call: `${method} ${path === '' ? origin : path}` })),
  );
  const [first] = open;
  if (first === undefined) return [];
  const calls = named(open.map(({ key, call }) => `${key ?? ''} ${call}`));
  const them = open.length === 1 ? 'it' : 'them';
  const isOne = open.every(({ key }) => key === first.key);
  return [
    {
      text: `Anybody may call ${calls}, and nothing tells who did: give ${them} an access.`,
      about: 'plugin',
      ...(isOne && first.key !== undefined && { plugin: first.key }),
    },
  ];
}

function ofPublicUrl(statuses: readonly PluginStatus[], publicUrl: string | undefined): readonly Warning[] {
  if (publicUrl !== undefined || statuses.every(({ endpoints }) => endpoints.length === 0)) return [];
  return said(
    'settings',
    'publicUrl is not set: addresses are shown as this machine knows them; set it to where senders reach the host.',
  );
}

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
