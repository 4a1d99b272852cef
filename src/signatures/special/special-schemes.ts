import type { X509Certificate } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock';
import type { FetchText } from '../../core/ports/fetch-text';
import { atlassianConnect, parseInstallKey } from './atlassian-connect';
import { parseCertificates } from './certificate-chain';
import { dingtalk } from './dingtalk';
import { FetchCache } from './fetch-cache';
import { graphRich } from './graph';
import { JsonWebKeys } from './json-web-keys';
import { larkEncrypted } from './lark';
import { netlify } from './netlify';
import { paypal } from './paypal';
import { pubsub } from './pubsub';
import { sns } from './sns';
import type { Expectations, SpecialScheme } from './special-scheme';
import { twilio } from './twilio';
import { wecom } from './wecom';

export interface SpecialSchemesOptions {
  readonly fetchText: FetchText;
  /** Of the caches; what is judged is judged at the moment it is asked for. */
  readonly clock?: Clock;
  /** PEM certificates trusted in place of Node's, where a sender's certificate must lead to one. */
  readonly roots?: readonly string[];
}

const CERTIFICATE_FRESH_MS = 86_400_000;

/** The schemes that are code, by id, with one cache of certificates and keys for all of them. */
export function createSpecialSchemes(options: SpecialSchemesOptions): ReadonlyMap<string, SpecialScheme> {
  const { fetchText, clock = systemClock, roots } = options;
  const freshMs = CERTIFICATE_FRESH_MS;
  const chains = new FetchCache<readonly X509Certificate[]>({
    fetchText,
    clock,
    freshMs,
    parse: parseCertificates,
  });
  const installKeys = new FetchCache({ fetchText, clock, freshMs, parse: parseInstallKey });
  const keys = new JsonWebKeys(fetchText, clock);
  const schemes = [
    twilio,
    paypal(chains, roots),
    sns(chains),
    netlify,
    pubsub(keys),
    graphRich(keys),
    atlassianConnect(installKeys),
    larkEncrypted,
    wecom,
    dingtalk,
  ];
  return new Map(schemes.map((scheme) => [scheme.id, scheme]));
}

/** What is wrong with an endpoint's `expect` for a scheme, in words; empty when nothing is. */
export function expectationIssues(scheme: SpecialScheme, expect: Expectations): readonly string[] {
  const known = scheme.expects.map(({ name }) => name);
  const missing = scheme.expects
    .filter(({ name, required }) => required && !expect[name])
    .map(({ name, meaning }) => `${scheme.id} needs expect.${name}: ${meaning}`);
  const unknown = Object.keys(expect)
    .filter((name) => !known.includes(name))
    .map((name) => `${scheme.id} knows no expect.${name}; it has: ${known.join(', ') || 'none'}`);
  return [...missing, ...unknown];
}
