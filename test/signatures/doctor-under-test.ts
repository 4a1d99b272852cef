import path from 'node:path';
import type { EndpointAccess } from '../../src/core/access';
import type { Diagnosis, Doctor } from '../../src/core/ports/doctor';
import type { PluginKey } from '../../src/core/plugin-key';
import type { SignatureRow } from '../../src/core/signature-row';
import type { RefusalReason } from '../../src/core/signed-request';
import type { StoredQuarantine } from '../../src/inbox/quarantine';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { createDoctor } from '../../src/signatures/doctor/doctor';
import { signRequest, type SigningOptions } from '../../src/signatures/sign-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { createSpecialSchemes } from '../../src/signatures/special/special-schemes';
import { createSecrets, type StoredSecrets } from '../../src/state/secrets';
import { createSignedUrls, type StoredSignedUrls } from '../../src/state/signed-urls';
import { endpointOf, keyOf } from '../core/plain-mount';
import { engineOn, temporaryFolder, testSealer, type EngineUnderTest } from '../inbox/engine-under-test';
import { keptLogger } from '../state/secrets-under-test';

export const KEY = keyOf('acme.ci');
export const OTHER = keyOf('acme.shop');
export const AT = 1_700_000_000_000;
export const BASE = 'https://hooks.example.com';
export const LIMITS = { bodyBytes: 1_000_000, storedBodyBytes: 1_000_000, jsonBytes: 100_000 };

export const SECRET = 'correct-horse-battery-staple';
export const BODY =
  '{"id": 7, "ref": "refs/heads/main", "user": {"name": "Zo\u00eb", "tags": [], "n": 1.50}}';

/** A request as the sender signs it, to `/hook` at `AT`. */
export const sign = (scheme: string | SignatureRow, more: Partial<SigningOptions> = {}) =>
  signRequest(typeof scheme === 'string' ? signatureRow(scheme) : scheme, {
    ...{ secret: SECRET, body: BODY, at: AT, method: 'POST', target: '/hook', publicBase: BASE },
    ...more,
  });
export const kindsOf = (diagnosis: { wouldPass: readonly { kinds: readonly string[] }[] }) =>
  diagnosis.wouldPass.map(({ kinds }) => kinds.join('+'));

export interface Refused {
  readonly headers: Readonly<Record<string, string>> | readonly string[];
  readonly body?: string | Buffer | undefined;
  readonly target?: string;
  readonly method?: string;
  readonly at?: number;
  readonly reason?: RefusalReason;
  readonly scheme?: string;
  /** Default: one of its own. */
  readonly requestId?: string;
  /** Of the endpoint. */
  readonly path?: string;
}

/** A doctor over a real store and real secrets: `acme.ci` has one endpoint, `POST /hook`. */
export class DoctorUnderTest {
  readonly secrets: StoredSecrets;
  readonly signedUrls: StoredSignedUrls;
  /** What no answer may hold. */
  readonly values = new Set<string>();
  time = AT;

  private constructor(
    readonly engine: EngineUnderTest,
    private readonly remove: () => void,
  ) {
    const { logger } = keptLogger();
    this.secrets = createSecrets({
      ...{ shared: engine.shared, logger, environment: {}, sealer: testSealer },
      plugins: () => [KEY, OTHER],
      clock: { now: () => this.time },
    });
    this.signedUrls = createSignedUrls({
      ...{ shared: engine.shared, logger, sealer: testSealer },
      clock: { now: () => this.time },
    });
  }

  static async open(): Promise<DoctorUnderTest> {
    const { folder, remove } = temporaryFolder();
    const engine = engineOn(await SqliteStore.open({ file: path.join(folder, 'inbox.db') }));
    await engine.start();
    return new DoctorUnderTest(engine, remove);
  }

  doctor(publicBase: string | undefined = BASE): Doctor {
    const { kept, quarantineDesk: desk, table } = this.engine;
    const fetchText = () => Promise.reject(new Error('nobody is asked'));
    const specials = createSpecialSchemes({ fetchText });
    return createDoctor({
      kept,
      desk,
      table,
      limits: LIMITS,
      secrets: this.secrets,
      signedUrls: this.signedUrls,
      specials,
      publicBase,
    });
  }

  serve(access: EndpointAccess): void {
    this.engine.put(KEY, [endpointOf('/hook', { method: 'POST', access })]);
  }

  async give(plugin: PluginKey, name: string, value: string): Promise<string> {
    this.values.add(value.trim());
    return this.secrets.set(plugin, name, value);
  }

  /** Refuses a request; the id it is kept under. */
  async refuse(refused: Refused): Promise<string> {
    const { headers, target = '/hook', method = 'POST', at = AT } = refused;
    const { reason = 'bad_signature', scheme = 'github' } = refused;
    const { requestId = `r-${Math.random()}`, path: endpoint = '/hook' } = refused;
    const body = 'body' in refused ? refused.body : '';
    const wire = body === undefined ? undefined : Buffer.from(body);
    this.engine.quarantine.refused({
      ...{ plugin: KEY, method: 'POST', path: endpoint, scheme, reason },
      request: {
        ...{ receivedAt: at, method, target, ip: '10.0.0.1', requestId, wire },
        headers: Array.isArray(headers) ? headers : Object.entries(headers).flat(),
      },
    });
    await (this.engine.quarantine as StoredQuarantine).flushed();
    const { items } = await this.engine.quarantineDesk.refusals({});
    return items.find((item) => item.requestId === requestId)?.id ?? 'none';
  }

  /** Refuses a request and asks the doctor, whose answer is searched for secrets. */
  async diagnose(refused: Refused, publicBase?: string): Promise<Diagnosis> {
    const diagnosis = await this.doctor(publicBase).diagnose(await this.refuse(refused));
    const text = JSON.stringify(diagnosis);
    for (const value of this.values) if (text.includes(value)) throw new Error(`a secret got out: ${text}`);
    return diagnosis;
  }

  /** As it was when it was opened. */
  async reset(): Promise<void> {
    // At the beginning of time nothing has ended yet.
    this.time = 0;
    for (const { plugin, name } of this.secrets.list()) await this.secrets.remove(plugin, name);
    for (const { plugin, path: at, id } of this.signedUrls.list())
      await this.signedUrls.revoke(plugin, at, id);
    await this.engine.quarantineDesk.purge({ filter: {} });
    this.engine.table.remove(KEY);
    this.values.clear();
    this.time = AT;
  }

  async close(): Promise<void> {
    await this.engine.stop(2_000);
    this.remove();
  }
}
