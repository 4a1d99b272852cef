import { HostError } from '../core/errors';
import { scopeIssue } from '../core/scopes';

/** What a token is to be. */
export interface TokenRequest {
  /** Letters, digits, `.`, `_` and `-`; nobody else's. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** In whose name its holder asks. */
  readonly user?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  /** How long it counts; without it until it is revoked. */
  readonly expiresMs?: number | undefined;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Of users and roles: printable, so that they can stand in any line. */
const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,128}$/u;
const MOST_SCOPES = 32;
const MOST_ROLES = 32;
/** Ten years. */
const LONGEST_MS = 315_360_000_000;
/** What the operator itself goes by. */
const RESERVED = 'operator';
const MEMBERS = ['name', 'scopes', 'user', 'roles', 'expiresMs'];

/** @throws tokens/bad-request for the first thing that is wrong */
export function parseTokenRequest(given: unknown): TokenRequest {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse('the body is a JSON object, sent as application/json');
  const { name, scopes, user, roles, expiresMs } = given as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).some((member) => !MEMBERS.includes(member));
  if (unknown) refuse(`the body knows ${MEMBERS.join(', ')}, and no other member`);
  if (typeof name !== 'string' || !NAME.test(name))
    return refuse(
      'the name is letters, digits, ".", "_" and "-", at most 64, and begins with one of the first two',
    );
  if (name.toLowerCase() === RESERVED) refuse(`"${RESERVED}" is the operator's own name`);
  if (user !== undefined && !isPrintable(user)) refuse('user is a text of at most 128 characters');
  const lasts = expiresMs === undefined || (Number.isSafeInteger(expiresMs) && Number(expiresMs) > 0);
  if (!lasts || Number(expiresMs ?? 0) > LONGEST_MS)
    refuse(`expiresMs is a whole number from 1 to ${LONGEST_MS}`);
  return {
    name,
    scopes: scopesIn(scopes),
    ...(user !== undefined && { user: user as string }),
    ...(roles !== undefined && { roles: rolesIn(roles) }),
    ...(expiresMs !== undefined && { expiresMs: Number(expiresMs) }),
  };
}

function scopesIn(scopes: unknown): readonly string[] {
  if (!Array.isArray(scopes) || scopes.length === 0 || scopes.length > MOST_SCOPES)
    return refuse(`scopes lists what it may, 1 to ${MOST_SCOPES} of them`);
  for (const scope of scopes as readonly unknown[]) {
    const issue = scopeIssue(scope);
    if (issue !== undefined) refuse(`a scope ${issue}`);
  }
  return [...new Set(scopes as readonly string[])];
}

function rolesIn(roles: unknown): readonly string[] {
  if (!Array.isArray(roles) || roles.length > MOST_ROLES || !roles.every(isPrintable))
    return refuse(`roles lists texts of at most 128 characters, at most ${MOST_ROLES}`);
  return [...new Set(roles as readonly string[])];
}

const isPrintable = (text: unknown) => typeof text === 'string' && PRINTABLE.test(text);

function refuse(why: string): never {
  throw new HostError('tokens/bad-request', [why]);
}
