import { describeAccess, isOpen, modesOf, type AccessMode, type EndpointAccess } from '../core/access';
import { headerOfRow, type RowOf } from '../core/sender-headers';
import type { SignatureRow } from '../core/signature-row';
import type { Operation, SecurityScheme } from './open-api';

/** What an operation says of who may ask. */
export interface ToldAccess {
  readonly security: Operation['security'];
  /** What no security scheme can say. */
  readonly notes: readonly string[];
}

/** The security schemes of one document. */
export class AccessBook {
  readonly #schemes = new Map<string, SecurityScheme>();
  readonly #rowOf: RowOf;

  constructor(rowOf: RowOf) {
    this.#rowOf = rowOf;
  }

  /** All modes must hold, so they are one requirement. */
  tell(access: EndpointAccess): ToldAccess {
    const modes = modesOf(access);
    const named = modes.flatMap((mode) => this.#schemeOf(mode) ?? []);
    const networks = modes.flatMap((mode) =>
      typeof mode === 'object' && 'allowFrom' in mode ? mode.allowFrom : [],
    );
    const notes = [
      ...(networks.length > 0 ? [`Only from the addresses ${networks.join(', ')}.`] : []),
      ...(modes.length === 0 ? ['Nobody may ask.'] : []),
      ...(named.length > 1 ? [`All must hold: ${describeAccess(access)}.`] : []),
    ];
    const requirement = Object.fromEntries(named.map(([name, scheme]) => [this.#keep(name, scheme), []]));
    return { security: isOpen(access) || named.length === 0 ? [] : [requirement], notes };
  }

  finish(): Record<string, SecurityScheme> {
    return Object.fromEntries([...this.#schemes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #keep(wanted: string, scheme: SecurityScheme): string {
    const text = JSON.stringify(scheme);
    for (let count = 1; ; count += 1) {
      const name = count === 1 ? wanted : `${wanted}${count}`;
      const known = this.#schemes.get(name);
      if (known === undefined) this.#schemes.set(name, scheme);
      else if (JSON.stringify(known) !== text) continue;
      return name;
    }
  }

  #schemeOf(mode: AccessMode): readonly [readonly [string, SecurityScheme]] | undefined {
    if (mode === 'public') return undefined;
    if (mode === 'operator') return [['operator', OPERATOR]];
    if ('scope' in mode) return [[`scope_${safe(mode.scope)}`, scopeScheme(mode.scope)]];
    if ('signature' in mode) return [this.#signature(mode.signature)];
    if ('token' in mode) return [tokenScheme(mode.token)];
    if ('signedUrl' in mode) return [['signedUrl', apiKey('query', 'token', SIGNED_URL)]];
    if ('basic' in mode) return [['basic', BASIC]];
    if ('messageSignature' in mode)
      return [['messageSignature', apiKey('header', 'Signature', MESSAGE_SIGNATURE)]];
    return undefined;
  }

  #signature(signature: string | SignatureRow): readonly [string, SecurityScheme] {
    const row = typeof signature === 'string' ? this.#rowOf(signature) : signature;
    const id = typeof signature === 'string' ? signature : signature.id;
    const name = row === undefined ? 'X-Signature' : (headerOfRow(row) ?? 'X-Signature');
    const who = row === undefined ? id : `${row.title} (${id})`;
    const how = row?.kind === 'token' ? 'The secret itself, as' : 'A signature over the request, made as';
    return [`signature_${safe(id)}`, apiKey('header', name, `${how} ${who} sends it.`)];
  }
}

function tokenScheme(
  token: { readonly header: string } | { readonly query: string },
): readonly [string, SecurityScheme] {
  if ('query' in token) return [`token_${safe(token.query)}`, apiKey('query', token.query, TOKEN)];
  if (token.header.toLowerCase() === 'authorization')
    return ['token', { type: 'http', scheme: 'bearer', description: TOKEN }];
  return [`token_${safe(token.header)}`, apiKey('header', token.header, TOKEN)];
}

function apiKey(place: 'header' | 'query', name: string, description: string): SecurityScheme {
  return { type: 'apiKey', in: place, name, description };
}

const safe = (name: string) => name.replace(/[^A-Za-z0-9._-]/g, '_');

const TOKEN = 'A secret that the caller and the host share.';
const SIGNED_URL = 'Part of the address that the operator gives out (plugins urls).';
const MESSAGE_SIGNATURE = 'An HTTP message signature (RFC 9421), with Signature-Input beside it.';
const OPERATOR: SecurityScheme = {
  type: 'http',
  scheme: 'bearer',
  description: "The operator's token.",
};
const scopeScheme = (scope: string): SecurityScheme => ({
  type: 'http',
  scheme: 'bearer',
  description: `A token with the scope ${scope} (gatehouse tokens create), or the operator's.`,
});
const BASIC: SecurityScheme = { type: 'http', scheme: 'basic', description: 'User and password (RFC 7617).' };
