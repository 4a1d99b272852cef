import { hash } from 'node:crypto';
import { modesOf, type EndpointAccess, type SignatureAccess } from '../../core/access';
import type { NearMiss } from '../../core/ports/doctor';
import type { PluginKey } from '../../core/plugin-key';
import type { Secrets } from '../../core/ports/secrets';
import { answerHandshake } from '../handshakes/answer-handshake';
import { signatureRows } from '../signature-rows';
import { signedRequest, type TrialRequest } from './trial';

/** What became of a request by which a sender brings a secret of its own choice. */
export interface SetUp {
  /** What was wrong. */
  readonly why: string;
  readonly miss: NearMiss;
}

interface Asked {
  readonly plugin: PluginKey;
  readonly request: TrialRequest;
  /** Epoch ms. */
  readonly at: number;
}

const AGAIN = 'Have the sender set the webhook up again.';

/** Undefined for all but handshakes that bring a secret, of the endpoint's own kind of sender. */
export function setUpIn(
  secrets: Secrets,
  access: EndpointAccess | undefined,
  asked: Asked,
): SetUp | undefined {
  for (const mode of access === undefined ? [] : modesOf(access)) {
    if (typeof mode !== 'object' || !('signature' in mode) || mode.handshake === false) continue;
    const names = [mode.secret ?? []].flat();
    const now = Math.max(asked.at, Date.now());
    // A value of any of them closes the door.
    const name = names.find((one) => secrets.live(asked.plugin, one, now).length > 0) ?? names[0];
    const brought = broughtBy(mode, asked);
    if (brought !== undefined && name !== undefined) return toSetUp(secrets, { ...asked, name, ...brought });
  }
  return undefined;
}

function broughtBy(
  { signature, expect = {} }: SignatureAccess,
  { request, at }: Asked,
): { readonly scheme: string; readonly value: string } | undefined {
  const row = typeof signature === 'string' ? signatureRows.find(({ id }) => id === signature) : signature;
  if (row?.handshake === undefined) return undefined;
  const given = { request: signedRequest(request), secrets: [], expect, at, verified: false };
  const answer = answerHandshake(row.handshake, given);
  return answer !== undefined && 'pendingSecret' in answer && answer.pendingSecret !== undefined
    ? { scheme: row.id, value: answer.pendingSecret }
    : undefined;
}

function toSetUp(
  secrets: Secrets,
  {
    plugin,
    name,
    at,
    scheme,
    value,
  }: Asked & { readonly name: string; readonly scheme: string; value: string },
): SetUp {
  const finding = (kind: 'set-up' | 'nothing', why: string, what: string, next: string): SetUp => ({
    why,
    miss: { kinds: [kind], what, next, scheme, secret: undefined },
  });
  const kind = 'it is a set-up request that brings a secret';
  const live = secrets.live(plugin, name, Math.max(at, Date.now()));
  if (live.length > 0) {
    const isGiven = secrets
      .list(plugin)
      .some(({ id, origin }) => origin === 'environment' && isOneOf(live, id));
    const remove = isGiven
      ? `take ${live.map(({ id }) => id).join(', ')} out of the host’s environment`
      : `remove it first, \`gatehouse secrets remove ${plugin} ${name}\``;
    return finding(
      'set-up',
      `${kind}, and ${name} has a value already`,
      `${name} had no value: ${kind}`,
      `${name} has a value: ${remove}, and set the webhook up again; or use another endpoint, with a secret of its own: each webhook chooses one.`,
    );
  }
  const waiting = secrets.proposals(plugin).find((one) => one.name === name);
  if (waiting === undefined || waiting.fingerprint === hash('sha256', value, 'hex').slice(0, 8))
    return finding(
      'nothing',
      waiting === undefined
        ? `it would pass now: ${kind}, and ${name} has no value`
        : `it would pass now: ${kind}, and the value for ${name} that waits is this one`,
      `nothing is in its way any more: ${kind}`,
      waiting === undefined ? AGAIN : `${AGAIN} Then approve it: \`gatehouse secrets list ${plugin}\`.`,
    );
  const approve = `\`gatehouse secrets approve ${plugin} ${name}`;
  return finding(
    'set-up',
    `${kind}, and another value for ${name} waits for approval`,
    `no other value for ${name} waited: ${kind}`,
    `Another value waits: if it is the right one, ${approve} --id ${waiting.id}\`; else ${approve} --dismiss\`, and set the webhook up again.`,
  );
}

const isOneOf = (live: readonly { readonly id: string }[], id: string) => live.some((one) => one.id === id);
