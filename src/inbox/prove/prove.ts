import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { HostError } from '../../core/errors';
import type { Prove, ProveOptions, ProveProgress, ProveReport } from '../../core/ports/prove';
import { countRepeats, percentilesOf, readEffects } from './proof-audit';
import { ProofHost } from './proof-host';
import { ProofLoad } from './proof-load';
import { ProofOperator } from './proof-operator';
import {
  PROOF_PLUGIN,
  PROOF_SECRET,
  PROOF_SECRET_VARIABLE,
  RUNS_FILE,
  writeProofPlugin,
} from './proof-plugin';

/** Without `seconds`: how long a host runs, at most, before the next kill. */
const LONGEST_LIFE_MS = 1_000;
/** Now and then a host is killed before it is up again. */
const KILLED_IN_START = 0.1;
const SETTLED_MS = 120_000;
const POLL_MS = 50;

type Environment = Readonly<Record<string, string | undefined>>;

/** The proof; `command` starts `gatehouse` (its arguments follow) with `environment`, but for what would configure a host. */
export function createProve(command: readonly string[], environment: Environment): Prove {
  return async (options, progress = () => {}) => {
    const database = schemaOf(options);
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-prove-'));
    const token = randomBytes(24).toString('base64url');
    const hosts = await createHosts(
      command,
      folder,
      { ...withoutOurs(environment), ...options.env, ...databaseEnv(database) },
      token,
      options,
    );
    let report: ProveReport | undefined;
    try {
      report = await runProof(options, hosts, new ProofOperator(hosts, token), folder, progress);
      return report;
    } finally {
      await Promise.all(hosts.map((host) => host.kill()));
      await database?.drop();
      // A proof that does not hold leaves its data and logs behind to be looked at.
      if (report?.keptIn === undefined) rmSync(folder, { recursive: true, force: true });
    }
  };
}

async function runProof(
  options: ProveOptions,
  hosts: readonly ProofHost[],
  operator: ProofOperator,
  folder: string,
  progress: ProveProgress,
): Promise<ProveReport> {
  for (const host of hosts) host.start();
  await Promise.all(hosts.map((host) => host.ready()));
  const load = new ProofLoad(hosts);
  const startedAt = performance.now();
  load.start(options.rate);
  try {
    await killAtRandom(options, hosts, progress);
    await Promise.all(hosts.map((host) => host.ready()));
    load.stop();
    const seconds = (performance.now() - startedAt) / 1_000;
    await until(() => load.open === 0, SETTLED_MS);
    const lastAt = performance.now();
    const poisoned = await operator.worked();
    const backlogMs = Math.round(performance.now() - lastAt);
    const effectsFile = await audit(operator, folder);
    const stops = await Promise.all(hosts.map((host) => host.stop()));
    const { worked, doubled } = await readEffects(effectsFile);
    const lost = [...load.acknowledged].filter((id) => !worked.has(id));
    const held = lost.length === 0 && doubled === 0 && load.acknowledged.size > 0;
    return {
      held,
      keptIn: held ? undefined : folder,
      kills: options.kills,
      seconds: Math.round(seconds * 10) / 10,
      sent: load.sent,
      accepted: load.acknowledged.size,
      resent: load.resent,
      refused: load.refused,
      worked: load.acknowledged.size - lost.length,
      lost: lost.length,
      lostIds: lost.slice(0, 10),
      repeatedRuns: await countRepeats(path.join(folder, RUNS_FILE)),
      doubleEffects: doubled,
      poisoned,
      acknowledgmentMs: percentilesOf(load.acknowledgmentMs),
      recoveryMs: percentilesOf(load.recoveryMs),
      backlogMs,
      uncleanStops: stops.filter((clean) => !clean).length,
    };
  } finally {
    load.close();
  }
}

/** Kills one host after another, each at a moment of its own, and starts it again at once. */
async function killAtRandom(
  { kills, seconds }: ProveOptions,
  hosts: readonly ProofHost[],
  progress: ProveProgress,
): Promise<void> {
  const lifeMs = seconds === undefined ? LONGEST_LIFE_MS : (seconds * 2_000) / Math.max(1, kills);
  for (let kill = 0; kill < kills; kill += 1) {
    const host = hosts[Math.floor(Math.random() * hosts.length)];
    if (host === undefined) return;
    if (Math.random() >= KILLED_IN_START) await host.ready();
    await sleep(Math.random() * lifeMs);
    await host.kill();
    host.start();
    progress(kill + 1);
  }
}

async function audit(operator: ProofOperator, folder: string): Promise<string> {
  await operator.post(`/api/plugin/${PROOF_PLUGIN}/audit/effects.log`);
  const file = path.join(folder, 'effects.log');
  await until(() => existsSync(file), SETTLED_MS);
  return file;
}

async function createHosts(
  command: readonly string[],
  folder: string,
  env: Environment,
  token: string,
  { hosts }: ProveOptions,
): Promise<ProofHost[]> {
  const plugins = path.join(folder, 'plugins');
  writeProofPlugin(plugins, folder);
  const shared = {
    GATEHOUSE_PLUGINS: plugins,
    GATEHOUSE_PLUGINS_PACKAGES: 'false',
    GATEHOUSE_HOST: '127.0.0.1',
    GATEHOUSE_OPERATOR_TOKEN: token,
    GATEHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    GATEHOUSE_LOG_ACCESS: 'false',
    [PROOF_SECRET_VARIABLE]: PROOF_SECRET,
    ...env,
  };
  const numbers = Array.from({ length: hosts }, (_, index) => index + 1);
  return Promise.all(
    numbers.map((number) => ProofHost.create(command, path.join(folder, `host-${number}`), shared)),
  );
}

function withoutOurs(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GATEHOUSE_')));
}

interface OwnSchema {
  readonly url: string;
  drop(): Promise<void>;
}

/** A schema of the proof's own: it must not meet what an operator keeps in the same database. */
function schemaOf({ store, databaseUrl, hosts }: ProveOptions): OwnSchema | undefined {
  if (store === 'sqlite') {
    if (hosts !== 1) throw new HostError('prove/bad-options', ['one host alone writes a SQLite file']);
    return undefined;
  }
  if (databaseUrl === undefined)
    throw new HostError('prove/bad-options', ['PostgreSQL needs --database-url or GATEHOUSE_DATABASE_URL']);
  const schema = `gatehouse_prove_${randomBytes(4).toString('hex')}`;
  const url = new URL(databaseUrl);
  url.searchParams.set('schema', schema);
  return {
    url: url.href,
    drop: async () => {
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await client.end();
    },
  };
}

const databaseEnv = (database: OwnSchema | undefined): Readonly<Record<string, string>> =>
  database === undefined ? {} : { GATEHOUSE_DATABASE_URL: database.url };

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds() && Date.now() < deadline) await sleep(POLL_MS);
}
