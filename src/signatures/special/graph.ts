import { constants, createHmac, privateDecrypt, timingSafeEqual } from 'node:crypto';
import type { LiveSecret } from '../../core/ports/secrets';
import type { JsonWebKeys } from './json-web-keys';
import { isFor, parseToken, timeReason } from './json-web-token';
import { decryptCbc } from './sealed-envelope';
import {
  digestKey,
  isSameText,
  member,
  Refusal,
  specialScheme,
  strictBase64,
  textMember,
  type Expectations,
  type SpecialScheme,
} from './special-scheme';

/** The application that Graph's change tracking is. */
const PUBLISHER = '0bf30f3b-4a52-48df-9a82-234910c4a086';
const KEYS = 'https://login.microsoftonline.com/common/discovery/v2.0/keys';
const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST_ITEMS = 1_000;
const MOST_TOKENS = 16;
const PEM = '-----BEGIN ';

/**
 * Microsoft Graph notifications that carry the resource: `clientState` of every item, a token of Microsoft’s for every
 * tenant of an item with content, and that content opened where its key is among the secrets.
 * @see https://learn.microsoft.com/graph/change-notifications-with-resource-data
 */
export function graphRich(keys: JsonWebKeys): SpecialScheme {
  return specialScheme(
    {
      id: 'graph-rich',
      secret: 'the subscription’s `clientState`, and the private key (PEM) that opens its content',
      expects: [
        { name: 'appId', required: true, meaning: 'client id of the application that subscribed' },
        { name: 'tenantId', required: false, meaning: 'the one tenant that counts; default any' },
      ],
    },
    async ({ request, secrets, at, expect }) => {
      const body = request.json();
      const items = listOf(body, 'value', MOST_ITEMS);
      if (items.length === 0) throw new Refusal('missing_signature');
      const state = stateOf(items, secrets);
      const tenants = await tenantsOf(listOf(body, 'validationTokens', MOST_TOKENS), keys, at, expect);
      const sealed = items.filter((item) => member(item, 'encryptedContent') !== undefined);
      const isCovered = (item: unknown) => tenants.has(textMember(item, 'tenantId') ?? '');
      if (!sealed.every(isCovered)) throw new Refusal('bad_signature');
      const plain = sealed.length === 0 ? undefined : opened(body, items, secrets);
      return {
        ok: true,
        scheme: 'graph-rich',
        secretId: state.id,
        bodySigned: false,
        event: textMember(items[0], 'changeType') ?? textMember(items[0], 'lifecycleEvent'),
        deliveryId: textMember(items[0], 'id'),
        dedupeKey: digestKey(request.wire),
        ...(plain === undefined ? {} : { plain }),
      };
    },
  );
}

/** The one secret that every item names; a mixture is no notification of one subscription's owner. */
function stateOf(items: readonly unknown[], secrets: readonly LiveSecret[]): LiveSecret {
  const states = secrets.filter(({ value }) => !value.startsWith(PEM));
  if (states.length === 0) throw new Refusal('no_secret');
  const state = states.find(({ value }) =>
    items.every((item) => isSameText(textMember(item, 'clientState') ?? '', value)),
  );
  if (state === undefined) throw new Refusal('bad_signature');
  return state;
}

/** Tenants whose tokens hold. One token that does not hold refuses all. */
async function tenantsOf(
  texts: readonly unknown[],
  keys: JsonWebKeys,
  at: number,
  expect: Expectations,
): Promise<ReadonlySet<string>> {
  const tenants = new Set<string>();
  for (const text of texts) {
    const token = typeof text === 'string' ? parseToken(text, ['RS256']) : undefined;
    if (token === undefined) throw new Refusal('malformed_signature');
    const wrong = timeReason(token.claims, at);
    if (wrong !== undefined) throw new Refusal(wrong);
    const { claims } = token;
    const tenant = textMember(claims, 'tid') ?? '';
    const issuers = [
      `https://login.microsoftonline.com/${tenant}/v2.0`,
      `https://sts.windows.net/${tenant}/`,
    ];
    const isExpected =
      TENANT.test(tenant) &&
      (expect['tenantId'] ?? tenant) === tenant &&
      issuers.includes(textMember(claims, 'iss') ?? '') &&
      isFor(claims, expect['appId'] ?? '') &&
      (claims['azp'] ?? claims['appid']) === PUBLISHER;
    if (!isExpected) throw new Refusal('bad_signature');
    const judged = await keys.judge(token, KEYS);
    if (judged !== 'signed') throw new Refusal(judged);
    tenants.add(tenant);
  }
  return tenants;
}

/** The body with the content of its items opened; undefined where no key is there to open it. */
function opened(
  body: unknown,
  items: readonly unknown[],
  secrets: readonly LiveSecret[],
): Buffer | undefined {
  const privateKeys = secrets.filter(({ value }) => value.startsWith(PEM));
  if (privateKeys.length === 0) return undefined;
  const value = items.map((item) => {
    const content = member(item, 'encryptedContent');
    if (content === undefined) return item;
    return { ...(item as object), decryptedContent: openContent(content, privateKeys) };
  });
  return Buffer.from(JSON.stringify({ ...(body as object), value }));
}

function openContent(content: unknown, privateKeys: readonly LiveSecret[]): unknown {
  const data = strictBase64(textMember(content, 'data') ?? '');
  const signature = strictBase64(textMember(content, 'dataSignature') ?? '', 32);
  const sealedKey = strictBase64(textMember(content, 'dataKey') ?? '');
  for (const { value } of privateKeys) {
    const key = openKey(sealedKey, value);
    if (key === undefined) continue;
    if (!timingSafeEqual(createHmac('sha256', key).update(data).digest(), signature)) continue;
    const plain = decryptCbc(data, key, key.subarray(0, 16), true);
    if (plain !== undefined) return JSON.parse(plain.toString('utf8')) as unknown;
  }
  throw new Refusal('bad_signature');
}

/** RSA-OAEP with SHA-1, as Graph seals it; 32 bytes for AES-256. */
function openKey(sealedKey: Buffer, privateKey: string): Buffer | undefined {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const key = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, sealedKey);
    return key.length === 32 ? key : undefined;
  } catch {
    return undefined;
  }
}

function listOf(body: unknown, name: string, most: number): readonly unknown[] {
  const list = member(body, name) ?? [];
  if (!Array.isArray(list) || list.length > most) throw new Refusal('malformed_signature');
  return list;
}
