import { X509Certificate, type KeyObject } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** Leaf and issuers: more than any public certificate authority uses. */
const MOST_CERTIFICATES = 6;
const LEAST_MODULUS_BITS = 2_048;
const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

/** The certificates of a PEM text, as they stand in it. @throws Error when there are none, too many, or one is malformed */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.split(BEGIN).slice(1);
  if (blocks.length === 0 || blocks.length > MOST_CERTIFICATES) {
    throw new Error(`${blocks.length} certificates`);
  }
  return blocks.map((block) => {
    const end = block.indexOf(END);
    if (end === -1) throw new Error('a certificate does not end');
    return new X509Certificate(`${BEGIN}${block.slice(0, end)}${END}\n`);
  });
}

/** True when `certificate` counts at `at` (epoch ms). */
export function isCurrent(certificate: X509Certificate, at: number): boolean {
  return Date.parse(certificate.validFrom) <= at && at <= Date.parse(certificate.validTo);
}

/** True for an RSA key that is long enough to be believed. */
export function isStrongRsa(key: KeyObject): boolean {
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  return key.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= LEAST_MODULUS_BITS;
}

/**
 * True when the first certificate was issued to exactly `host` (its common name and an alternative name: a certificate for
 * mail or code may carry any common name) for servers, is current at `at`, and leads to one of `roots` (PEM; default: those
 * that Node trusts) through the others, each of them current and an authority.
 */
export function isTrustedFor(
  chain: readonly X509Certificate[],
  host: string,
  at: number,
  roots: readonly string[] = rootCertificates,
): boolean {
  const [leaf, ...others] = chain;
  if (leaf === undefined || leaf.ca || !isCurrent(leaf, at) || !isFor(leaf, host)) return false;
  return leadsToRoot(leaf, others, at, rootsOf(roots));
}

const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

function isFor(leaf: X509Certificate, host: string): boolean {
  if (!leaf.subject.split('\n').includes(`CN=${host}`)) return false;
  if (leaf.checkHost(host, { subject: 'never', wildcards: false }) === undefined) return false;
  // Extended key usage, whatever Node calls it; a certificate without it may serve for everything (RFC 5280 §4.2.1.12).
  const usage = leaf.keyUsage as readonly string[] | undefined;
  return usage === undefined || usage.includes(SERVER_AUTHENTICATION);
}

function leadsToRoot(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  at: number,
  roots: readonly X509Certificate[],
): boolean {
  const unused = [...others];
  let current = leaf;
  for (let depth = 0; depth <= MOST_CERTIFICATES; depth += 1) {
    const subject = current;
    if (roots.some((root) => isCurrent(root, at) && isIssuer(root, subject))) return true;
    const index = unused.findIndex((other) => other.ca && isCurrent(other, at) && isIssuer(other, subject));
    const next = unused[index];
    if (next === undefined) return false;
    unused.splice(index, 1);
    current = next;
  }
  return false;
}

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return (
    issuer.subject === certificate.issuer &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey)
  );
}

const parsedRoots = new WeakMap<readonly string[], readonly X509Certificate[]>();

/** Parsed once: Node's list has some 150. */
function rootsOf(pems: readonly string[]): readonly X509Certificate[] {
  const known = parsedRoots.get(pems);
  if (known !== undefined) return known;
  const parsed = pems.map((pem) => new X509Certificate(pem));
  parsedRoots.set(pems, parsed);
  return parsed;
}
