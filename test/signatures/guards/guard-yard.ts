import type { EndpointAccess } from '../../../src/core/access';
import type { Endpoint } from '../../../src/core/declaration';
import type { Values } from '../../../src/core/exchange';
import type { FetchText } from '../../../src/core/ports/fetch-text';
import type { Guard, Guards, Judgement, RequestHead } from '../../../src/core/ports/guards';
import { OPERATOR, type Identity } from '../../../src/core/ports/operator-auth';
import { createGuards } from '../../../src/signatures/guards/create-guards';
import type { GuardParts } from '../../../src/signatures/guards/guard-parts';
import { createSignedUrls, type StoredSignedUrls } from '../../../src/state/signed-urls';
import { endpointOf } from '../../core/plain-mount';
import { CI, keptLogger, openSecrets, sealerOf, type SecretsUnderTest } from '../../state/secrets-under-test';

export interface HeadParts {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly query?: Values;
  readonly ip?: string;
  readonly isOperator?: boolean;
  /** Whose token it carries. */
  readonly identity?: Identity;
  /** Who is signed in at the console. */
  readonly session?: Identity;
}

export function headOf({
  headers = {},
  query = {},
  ip = '203.0.113.9',
  isOperator = false,
  identity = isOperator ? OPERATOR : undefined,
  session,
}: HeadParts = {}): RequestHead {
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((line) => [name, line]),
  );
  return {
    ...{ method: 'POST', rawHeaders, query, ip },
    isOperator: () => isOperator,
    identify: () => identity,
    session: () => session,
  };
}

export const reasonOf = (judgement: Judgement | undefined) =>
  judgement === undefined ? 'undecided' : judgement.ok ? 'ok' : judgement.reason;

/** Guards over real secrets and signed addresses, with a clock and a network of the test's. */
export class GuardYard {
  readonly lines: readonly string[];
  readonly signedUrls: StoredSignedUrls;
  /** What the network answers, by address; everything else cannot be read. */
  readonly texts = new Map<string, string>();
  readonly asked: string[] = [];
  settings = {
    publicUrl: 'https://hooks.example.com' as string | undefined,
    allowFrom: [] as string[],
    pluginAllowFrom: () => [] as string[],
  };
  readonly #logger;

  private constructor(readonly under: SecretsUnderTest) {
    const { logger, lines } = keptLogger();
    this.#logger = logger;
    this.lines = lines;
    this.signedUrls = createSignedUrls({
      ...{ shared: under.database.shared, sealer: sealerOf(1), logger },
      clock: { now: () => under.time },
    });
  }

  static async open(environment: Record<string, string> = {}): Promise<GuardYard> {
    return new GuardYard(await openSecrets(environment));
  }
  close(): Promise<void> {
    return this.under.close();
  }

  readonly fetchText: FetchText = (url) => {
    this.asked.push(url);
    const text = this.texts.get(url);
    return text === undefined ? Promise.reject(new Error(`cannot read ${url}`)) : Promise.resolve(text);
  };

  guards(more: Partial<GuardParts> = {}): Guards {
    return createGuards({
      ...{ secrets: this.under.secrets, signedUrls: this.signedUrls, logger: this.#logger },
      clock: { now: () => this.under.time },
      ...{ settings: this.settings, fetchText: this.fetchText, ...more },
    });
  }

  /** @throws Error where there is no guard */
  guard(access: EndpointAccess, more: Partial<Endpoint> = {}): Guard {
    const guard = this.guards().guardOf(CI, endpointOf('/hook', { method: 'POST', access, ...more }));
    if (guard === undefined) throw new Error('open');
    return guard;
  }

  head(access: EndpointAccess, parts: HeadParts = {}, at = this.under.time): Judgement | undefined {
    return this.guard(access).head?.(headOf(parts), at);
  }
}
