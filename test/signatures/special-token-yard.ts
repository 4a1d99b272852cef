import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { createSpecialSchemes } from '../../src/signatures/special/special-schemes';
import { AT, secret, signedRequest, type RequestParts } from './special-request';
import { Authority, Network } from './special-servers';

export const GOOGLE_KEYS = 'https://www.googleapis.com/oauth2/v3/certs';
const MICROSOFT_KEYS = 'https://login.microsoftonline.com/common/discovery/v2.0/keys';
/** Seconds. */
export const NOW = AT / 1000;

export const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
export const privatePem = pemOf(pair.privateKey);
export const keySet = (kid: string, key = pair.publicKey) =>
  JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] });

export const refused = (reason: string) => ({ ok: false, reason });
/** By the judge's hand. */
export const sign = (
  claims: object,
  key: string,
  header: object = {},
  algorithm: 'HS256' | 'RS256' = 'RS256',
) => jsonwebtoken.sign(claims, key, { algorithm, noTimestamp: true, header: { alg: algorithm, ...header } });

/** A network with both key sets, and schemes that read it by a clock of the test's. */
export class TokenYard {
  readonly #authority: Authority;
  readonly network: Network;
  time = AT;

  private constructor(network: Network, authority: Authority) {
    this.network = network;
    this.#authority = authority;
  }

  static async open(): Promise<TokenYard> {
    const authority = new Authority();
    return new TokenYard(await Network.open(authority), authority);
  }

  reset(): void {
    this.time = AT;
    this.network.asked.length = 0;
    this.network.texts.clear();
    this.network.texts.set(GOOGLE_KEYS, keySet('g1'));
    this.network.texts.set(MICROSOFT_KEYS, keySet('m1'));
  }

  /** Schemes with empty caches, as one function. */
  schemes() {
    const made = createSpecialSchemes({
      fetchText: this.network.fetchText,
      clock: { now: () => this.time },
    });
    return async (
      id: string,
      parts: RequestParts,
      secrets: string[],
      expect: Record<string, string> = {},
      at = AT,
    ) => {
      const live = secrets.map((value, index) => secret(value, `k${index}`));
      const scheme = made.get(id);
      if (scheme === undefined) throw new Error(id);
      return scheme.verify(signedRequest(parts), live, at, expect);
    };
  }

  async close(): Promise<void> {
    await this.network.close();
    this.#authority.remove();
  }
}
