import type { EndpointAccess } from './access';
import type { SecretDeclaration } from './declaration';
import type { Mount } from './mount';
import { FILE_SUFFIX, toVariable } from './plugin-variables';

/** A secret that a plugin knows by name. */
export interface DeclaredSecret {
  readonly name: string;
  readonly description: string;
  /** Without it some endpoints answer 503. */
  readonly required: boolean;
  /** Default `both`. */
  readonly writeMode?: NonNullable<SecretDeclaration['writeMode']>;
  /** Of a value. Default: `LARGEST_SECRET_BYTES`. */
  readonly maxBytes?: number;
}

/** Of one value, whatever is declared; PEM files of keys and chains fit. */
export const LARGEST_SECRET_BYTES = 16_384;

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

/** True for what may name a secret. */
export function isSecretName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name) && !secretVariable(name).endsWith(FILE_SUFFIX);
}

/** How the name ends a variable: `githubToken`, `github-token` and `GITHUB_TOKEN` are all `GITHUB_TOKEN`. */
export function secretVariable(name: string): string {
  return toVariable(name).replace(/[-.]/g, '_');
}

/** What a plugin declares, and what besides its endpoints' access names: an endpoint needs it to be open to anybody. */
export function secretsOf({ secrets, endpoints }: Mount): readonly DeclaredSecret[] {
  const named = endpoints.flatMap(({ access }) => secretsIn(access));
  const found = new Map<string, DeclaredSecret>();
  for (const { kind: _kind, origin: _origin, ...secret } of secrets) found.set(secret.name, secret);
  for (const name of named) if (!found.has(name)) found.set(name, { name, description: '', required: true });
  return [...found.values()];
}

/** What is declared of a name, however it is spelt: names that would be the same variable are the same secret. */
export function declaredAs<S extends { readonly name: string }>(
  declared: readonly S[],
  name: string,
): S | undefined {
  return (
    declared.find((secret) => secret.name === name) ??
    declared.find((secret) => secretVariable(secret.name) === secretVariable(name))
  );
}

/** The names of the secrets that an access asks for. */
export function secretsIn(access: EndpointAccess): readonly string[] {
  if (typeof access === 'string') return [];
  if (isList(access)) return access.flatMap(secretsIn);
  if ('messageSignature' in access)
    return Object.values(access.messageSignature.keys).map(({ secret }) => secret);
  return 'secret' in access && access.secret !== undefined ? [access.secret].flat() : [];
}

function isList(access: EndpointAccess): access is Extract<EndpointAccess, readonly unknown[]> {
  return Array.isArray(access);
}

/** What is wrong with the secrets one plugin declares, together. */
export function secretIssues(secrets: Mount['secrets']): string[] {
  return secrets.flatMap(({ name, origin }, index) => {
    const earlier = secrets.slice(0, index).find((o) => secretVariable(o.name) === secretVariable(name));
    if (earlier === undefined) return [];
    return earlier.name === name
      ? [`${origin.where}: the secret "${name}" is declared twice`]
      : [`${origin.where}: "${name}" and "${earlier.name}" would be the same variable; rename one`];
  });
}
