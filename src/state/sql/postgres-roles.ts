import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral, type ClientConfig } from 'pg';
import type { Logger } from 'winston';
import { HostError, isHostError, toError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { Sealer } from '../../core/ports/sealer';
import type { SharedState } from '../../core/ports/shared-state';
import type { Secret } from '../../core/secret';
import { ownNames, type OwnNames } from './postgres-names';
import { scramVerifier } from './scram-verifier';

export interface RolesParts {
  readonly databaseUrl: Secret;
  readonly shared: SharedState;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

/** How one plugin signs in. Carries the password: never printed, never part of an error. */
export interface OwnSignIn extends OwnNames {
  readonly config: ClientConfig;
}

const SPACE = 'sql-roles';

/** Where passwords stand sealed, and what for: they are sealed anew when the master key changes. */
export const roleSpace = { space: SPACE, contextOf: (key: string) => `${SPACE}/${key}` };
const PASSWORD_BYTES = 32;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;
/** Of whoever makes a role or a schema; the number is ours alone. */
const ADVISORY_LOCK = 6_748_201_317;
const NOT_ALLOWED = '42501';

/** The roles of plugins, one each, that may use the plugin's own schema and nothing else of the host's. */
export class PostgresRoles {
  constructor(private readonly parts: RolesParts) {}

  /** What a plugin signs in with, where its role has been made; its password is stored by then. @throws inbox/unavailable */
  async signInOf(key: PluginKey): Promise<OwnSignIn> {
    const host = new Client({ connectionString: this.parts.databaseUrl.reveal() });
    const { ssl, database = '' } = host as Client & { ssl: ClientConfig['ssl'] };
    const names = ownNames(key, this.#hostSchema(), database);
    const password = await this.#passwordOf(key);
    const config = { host: host.host, port: host.port, database, user: names.role, password };
    return { ...names, config: { ...config, ...(ssl !== undefined && { ssl }), ...SIGN_IN } };
  }

  /** Makes role and schema where they are missing, and gives the role its password. @throws sql/unavailable */
  async provide(key: PluginKey, { schema, role, config }: OwnSignIn): Promise<void> {
    const { databaseUrl, logger } = this.parts;
    const client = new Client({
      connectionString: databaseUrl.reveal(),
      ...SIGN_IN,
      statement_timeout: STATEMENT_MS,
    });
    client.on('error', () => {}); // whoever waits for an answer is told
    try {
      await client.connect();
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
      const secret = escapeLiteral(scramVerifier(String(config.password)));
      await this.#makeRole(key, client, role, secret);
      await this.#makeSchema(key, client, schema, role);
      await this.#requireNoMore(key, client, role);
      await client.query('COMMIT');
      logger.info('a database role was made ready', { plugin: key, role });
    } catch (thrown) {
      if (isHostError(thrown)) throw thrown;
      throw cannot(key, toError(thrown).message, thrown);
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** Drops schema and role with all they hold; the password stays where it is stored. @throws sql/unavailable */
  async erase(key: PluginKey): Promise<void> {
    const { schema, role } = await this.signInOf(key);
    const client = new Client({
      connectionString: this.parts.databaseUrl.reveal(),
      ...SIGN_IN,
      statement_timeout: STATEMENT_MS,
    });
    client.on('error', () => {}); // whoever waits for an answer is told
    try {
      await client.connect();
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
      await client.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`);
      await client.query(`DROP ROLE IF EXISTS ${escapeIdentifier(role)}`);
      await client.query('COMMIT');
    } catch (thrown) {
      throw cannot(key, toError(thrown).message, thrown);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async #makeRole(key: PluginKey, client: Client, role: string, secret: string): Promise<void> {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    const name = escapeIdentifier(role);
    const made =
      rowCount === 0
        ? `CREATE ROLE ${name} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD ${secret}`
        : `ALTER ROLE ${name} LOGIN PASSWORD ${secret}`;
    await client.query(made).catch((thrown: unknown) => {
      throw lacking(key, thrown, 'make roles for plugins: ALTER ROLE … CREATEROLE');
    });
  }

  /** It stays the host's, so that the plugin can neither drop it nor let others in. */
  async #makeSchema(key: PluginKey, client: Client, schema: string, role: string): Promise<void> {
    const name = escapeIdentifier(schema);
    const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (rowCount === 0)
      await client.query(`CREATE SCHEMA ${name}`).catch((thrown: unknown) => {
        throw lacking(key, thrown, 'make schemas for plugins: GRANT CREATE ON DATABASE …');
      });
    await client.query(`GRANT USAGE, CREATE ON SCHEMA ${name} TO ${escapeIdentifier(role)}`);
  }

  /** Before PostgreSQL 15 whoever may sign in may make tables in `public`; that is for the database's owner to end. */
  async #requireNoMore(key: PluginKey, client: Client, role: string): Promise<void> {
    const { rows } = await client.query<{ may: boolean | null }>(
      `SELECT bool_or(has_schema_privilege($1, oid, 'CREATE')) AS may FROM pg_namespace WHERE nspname = 'public'`,
      [role],
    );
    if (rows[0]?.may === true)
      throw cannot(
        key,
        'everybody may write to the schema public: REVOKE CREATE ON SCHEMA public FROM PUBLIC',
      );
  }

  /** One password for all hosts: whoever stores it first is followed. What cannot be opened any more is replaced. */
  async #passwordOf(key: PluginKey): Promise<string> {
    const { shared, sealer } = this.parts;
    const context = roleSpace.contextOf(key);
    for (;;) {
      const stored = shared.get(SPACE, key);
      const known = stored === undefined ? undefined : this.#open(stored.value, context);
      if (known !== undefined) return known;
      const made = randomBytes(PASSWORD_BYTES).toString('base64url');
      const value = JSON.stringify(sealer.seal(made, context));
      if (await shared.put(SPACE, key, value, stored?.revision ?? 0)) return made;
    }
  }

  #open(value: string, context: string): string | undefined {
    try {
      return this.parts.sealer.open(JSON.parse(value) as string, context);
    } catch (error) {
      this.parts.logger.warn('the password of a database role cannot be opened, and is replaced', {
        context,
        error: toError(error).message,
      });
      return undefined;
    }
  }

  /** As the inbox reads it. */
  #hostSchema(): string {
    const [, query = ''] = /\?([^#]*)/.exec(this.parts.databaseUrl.reveal()) ?? [];
    return new URLSearchParams(query).get('schema') ?? 'gatehouse';
  }
}

const SIGN_IN = {
  connectionTimeoutMillis: CONNECT_MS,
  keepAlive: true,
  application_name: 'gatehouse plugin',
};

export function cannot(key: PluginKey, why: string, thrown?: unknown): HostError {
  const cause = thrown === undefined ? {} : { cause: wordsOf(thrown) };
  return new HostError('sql/unavailable', [key, why], { headers: { 'retry-after': '5' }, ...cause });
}

/** Its words and its code only: errors of the driver can hold a whole connection. */
export function wordsOf(thrown: unknown): Error & { code?: unknown } {
  const { message, code } = toError(thrown) as Error & { code?: unknown };
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

function lacking(key: PluginKey, thrown: unknown, right: string): unknown {
  if ((toError(thrown) as { code?: unknown }).code !== NOT_ALLOWED) return thrown;
  return cannot(key, `the user of GATEHOUSE_DATABASE_URL lacks the right to ${right}`, thrown);
}
