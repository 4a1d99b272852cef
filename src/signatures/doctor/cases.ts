import { modesOf, type AccessMode, type EndpointAccess } from '../../core/access';
import { queryOf } from '../../core/body-values';
import { secretsIn } from '../../core/declared-secrets';
import type { PluginKey } from '../../core/plugin-key';
import type { Secrets } from '../../core/ports/secrets';
import type { SignatureRow } from '../../core/signature-row';
import { sharedSecret } from '../parametric-rows';
import { basic } from '../rows/shorthand';
import { signatureRows } from '../signature-rows';
import type { SpecialScheme } from '../special/special-scheme';
import { addressChanges, signsAddress } from './address-changes';
import { bodyChanges } from './body-changes';
import { rowChanges, schemeChanges } from './row-changes';
import { otherSecretChanges, secretFormChanges } from './secret-changes';
import { QUERY_HEADER, shownSecretChanges } from './shown-secret-changes';
import type { Change, Trial, TrialRequest, TrialScheme, TrialSecret } from './trial';

/** One mode of an endpoint's access, as a trial and what might have been otherwise. */
export interface Case {
  readonly trial: Trial;
  readonly changes: readonly Change[];
  /** Of the endpoint's own secrets for this mode. */
  readonly names: readonly string[];
  /** Where a secret that is shown is looked for, in words; undefined where none is shown. */
  readonly shownIn: string | undefined;
}

export interface CaseParts {
  readonly secrets: Secrets;
  readonly specials: ReadonlyMap<string, SpecialScheme>;
  readonly publicBase: string | undefined;
}

interface Asked {
  readonly plugin: PluginKey;
  readonly request: TrialRequest;
  /** Epoch ms. */
  readonly at: number;
}

/** Of all plugins; a host with more is not searched whole. */
const MOST_OTHERS = 200;

/** The modes of an access that verify a sender. `scheme` is what refused it, for an endpoint that is gone. */
export function casesOf(
  parts: CaseParts,
  access: EndpointAccess | undefined,
  scheme: string,
  asked: Asked,
): Case[] {
  const modes = access === undefined ? [] : modesOf(access);
  const known = modes.flatMap((mode) => caseOf(parts, mode, asked));
  if (known.length > 0) return known;
  return access === undefined ? caseOf(parts, { signature: scheme }, asked) : [];
}

function caseOf(parts: CaseParts, mode: AccessMode, asked: Asked): Case[] {
  const scheme = schemeOf(parts, mode);
  if (scheme === undefined) return [];
  const { plugin, at } = asked;
  const request = isQueryToken(mode) ? withQueryHeader(asked.request, mode.token.query) : asked.request;
  const names = secretsIn(mode);
  const secrets = names.flatMap((name) => liveOf(parts.secrets, plugin, name, at));
  const ended = names.flatMap((name) => liveOf(parts.secrets, plugin, name, 0)).filter(isNotIn(secrets));
  const others = otherSecrets(parts.secrets, plugin, names, at).filter(isNotIn([...secrets, ...ended]));
  const row = scheme.kind === 'row' ? scheme.row : undefined;
  const id = row?.id ?? (scheme.kind === 'special' ? scheme.special.id : '');
  const shownIn = row?.kind === 'token' ? placeOf(mode, row) : undefined;
  return [
    {
      ...{ names, shownIn },
      trial: { scheme, request, secrets, at },
      changes: [
        ...otherSecretChanges(others, ended, { plugin, names }),
        ...secretFormChanges(row),
        ...(row === undefined || shownIn === undefined ? [] : shownSecretChanges(row, shownIn, request)),
        ...(row === undefined || isQueryToken(mode) ? [] : rowChanges(row, request)),
        ...(signsAddress(scheme) ? addressChanges(scheme, request, parts.publicBase) : []),
        ...(shownIn === undefined ? bodyChanges(request) : []),
        ...('signature' in Object(mode) ? schemeChanges(id, signatureRows, parts.specials) : []),
      ],
    },
  ];
}

function schemeOf({ specials }: CaseParts, mode: AccessMode): TrialScheme | undefined {
  if (typeof mode === 'string') return undefined;
  if ('messageSignature' in mode) return { kind: 'message', rule: mode.messageSignature };
  if ('basic' in mode) return ofRow(basic('basic', 'Basic authentication'));
  if ('token' in mode)
    return ofRow({
      ...sharedSecret({ header: 'header' in mode.token ? mode.token.header : QUERY_HEADER }),
      id: 'token',
    });
  if (!('signature' in mode)) return undefined;
  const { signature, expect = {} } = mode;
  if (typeof signature !== 'string') return ofRow(signature);
  const special = specials.get(signature);
  if (special !== undefined) return { kind: 'special', special, expect };
  const row = signatureRows.find(({ id }) => id === signature);
  return row && ofRow(row);
}

const ofRow = (row: SignatureRow): TrialScheme => ({ kind: 'row', row });

function isQueryToken(
  mode: AccessMode,
): mode is Extract<AccessMode, { token: unknown }> & { token: { query: string } } {
  return typeof mode === 'object' && 'token' in mode && 'query' in mode.token;
}

function placeOf(mode: AccessMode, { signature: { from } }: SignatureRow): string | undefined {
  if (isQueryToken(mode)) return `?${mode.token.query}=`;
  return 'header' in from ? `the header ${from.header}` : 'the body';
}

function withQueryHeader(request: TrialRequest, name: string): TrialRequest {
  const values = [queryOf(request.target)[name] ?? []].flat();
  // What stands in a header is bytes; the query is text by now.
  const headers = values.flatMap((value) => [QUERY_HEADER, Buffer.from(value).toString('latin1')]);
  return { ...request, headers: [...request.headers, ...headers] };
}

function liveOf(secrets: Secrets, plugin: PluginKey, name: string, at: number): TrialSecret[] {
  return secrets.live(plugin, name, at).map((live) => ({ plugin, name, live }));
}

/** Those of the same plugin first. */
function otherSecrets(secrets: Secrets, own: PluginKey, names: readonly string[], at: number): TrialSecret[] {
  const all = new Map(secrets.list().map(({ plugin, name }) => [`${plugin} ${name}`, { plugin, name }]));
  return [...all.values()]
    .filter(({ plugin, name }) => plugin !== own || !names.includes(name))
    .sort((one, other) => Number(other.plugin === own) - Number(one.plugin === own))
    .flatMap(({ plugin, name }) => liveOf(secrets, plugin, name, at))
    .slice(0, MOST_OTHERS);
}

const isNotIn = (known: readonly TrialSecret[]) => (secret: TrialSecret) =>
  known.every(({ live }) => live.value !== secret.live.value);
