import { constants, verify, type X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isStrongRsa, isTrustedFor } from './certificate-chain';
import type { FetchCache } from './fetch-cache';
import {
  checkFresh,
  headerOf,
  isoMoment,
  Refusal,
  specialScheme,
  strictBase64,
  textMember,
  type SpecialScheme,
} from './special-scheme';

interface Environment {
  /** Where its certificates are: PayPal's own API hosts, exactly. */
  readonly hosts: readonly string[];
  readonly commonName: string;
}

/** A sandbox event must not pass for money: which one is expected is said by the endpoint. */
const ENVIRONMENTS: Readonly<Record<string, Environment>> = {
  live: { hosts: ['api.paypal.com', 'api-m.paypal.com'], commonName: 'messageverificationcerts.paypal.com' },
  sandbox: {
    hosts: ['api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'],
    commonName: 'messageverificationcerts.sandbox.paypal.com',
  },
};
const CERTIFICATE_PATH = /^\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/;
/** Tried again for three days with the first try's time. */
const WINDOW = { pastMs: 4 * 86_400_000, futureMs: 300_000 };

export type CertificateChains = FetchCache<readonly X509Certificate[]>;

/**
 * PayPal: RSA-SHA256 over the transmission's id and time, the webhook's id and a checksum of the body, by a certificate of
 * PayPal's that is named in the request. `roots`: PEM certificates to trust in place of Node's.
 * @see https://developer.paypal.com/api/rest/webhooks/rest/
 */
export function paypal(chains: CertificateChains, roots?: readonly string[]): SpecialScheme {
  return specialScheme(
    {
      id: 'paypal',
      secret: 'the webhook’s id',
      expects: [{ name: 'environment', required: false, meaning: '`live` (the default) or `sandbox`' }],
    },
    async ({ request, secrets, at, expect }) => {
      const environment = environmentOf(expect['environment']);
      const id = headerOf(request, 'paypal-transmission-id');
      const time = headerOf(request, 'paypal-transmission-time');
      const signature = strictBase64(headerOf(request, 'paypal-transmission-sig'));
      if (headerOf(request, 'paypal-auth-algo') !== 'SHA256withRSA') throw new Refusal('malformed_signature');
      const url = certificateUrl(headerOf(request, 'paypal-cert-url'), environment.hosts);
      checkFresh(isoMoment(time), at, WINDOW);
      const chain = await chains.get(url);
      if (chain === undefined) throw new Refusal('unavailable');
      const [leaf] = chain;
      if (leaf === undefined || !isTrustedFor(chain, environment.commonName, at, roots)) {
        throw new Refusal('bad_signature');
      }
      const key = leaf.publicKey;
      if (!isStrongRsa(key)) throw new Refusal('bad_signature');
      const checksum = crc32(request.wire);
      const secret = secrets.find(({ value }) =>
        verify(
          'sha256',
          Buffer.from(`${id}|${time}|${value}|${checksum}`, 'latin1'),
          { key, padding: constants.RSA_PKCS1_PADDING },
          signature,
        ),
      );
      if (secret === undefined) throw new Refusal('bad_signature');
      const event = request.json();
      return {
        ok: true,
        scheme: 'paypal',
        secretId: secret.id,
        bodySigned: false,
        event: textMember(event, 'event_type'),
        deliveryId: textMember(event, 'id'),
        dedupeKey: id,
      };
    },
  );
}

function environmentOf(name = 'live'): Environment {
  const environment = Object.hasOwn(ENVIRONMENTS, name) ? ENVIRONMENTS[name] : undefined;
  if (environment === undefined) throw new Refusal('no_secret');
  return environment;
}

/** The address itself, once nothing in it can lead elsewhere. */
function certificateUrl(text: string, hosts: readonly string[]): string {
  if (!URL.canParse(text)) throw new Refusal('malformed_signature');
  const url = new URL(text);
  const host = hosts.find((name) => name === url.host);
  if (host === undefined || url.protocol !== 'https:' || !CERTIFICATE_PATH.test(url.pathname)) {
    throw new Refusal('bad_signature');
  }
  return `https://${host}${url.pathname}`;
}
