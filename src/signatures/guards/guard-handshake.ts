import type { Logger } from 'winston';
import type { SignatureAccess } from '../../core/access';
import { isHostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { FetchText } from '../../core/ports/fetch-text';
import type { GuardHandshake } from '../../core/ports/guards';
import type { Secrets } from '../../core/ports/secrets';
import type { HandshakeId, SignatureRow } from '../../core/signature-row';
import type { RefusalReason, RequestOrigin } from '../../core/signed-request';
import { answerHandshake, handshakes } from '../handshakes/answer-handshake';
import type { LiveSecrets } from './guard-parts';

interface HandshakeParts {
  readonly plugin: PluginKey;
  /** Of the endpoint, for log lines. */
  readonly path: string;
  readonly secretsAt: LiveSecrets;
  readonly secrets: Pick<Secrets, 'propose'>;
  readonly fetchText: FetchText;
  readonly logger: Logger;
}

/** What is read of the address that confirms a subscription; nobody looks at it. */
const VISIT = { maxBytes: 65_536, timeoutMs: 5_000 };

/** True for what names a kind of handshake. */
export function isHandshake(kind: string): kind is HandshakeId {
  return Object.hasOwn(handshakes, kind);
}

/** The handshakes of a mode's kind of sender; undefined where it has none, or the author answers them. */
export function guardHandshake(
  mode: SignatureAccess,
  row: SignatureRow,
  parts: HandshakeParts,
): GuardHandshake | undefined {
  const kind = row.handshake;
  if (mode.handshake === false || kind === undefined || !isHandshake(kind)) return undefined;
  const expect = { ...mode.expect };
  const [secretName] = [mode.secret ?? []].flat();
  const where = { plugin: parts.plugin, endpoint: parts.path, scheme: row.id };
  return {
    methods: handshakes[kind].methods,
    async answer(request, judgement, at, from) {
      const secrets = parts.secretsAt(at);
      const answer = answerHandshake(kind, { request, secrets, expect, at, verified: judgement.ok });
      if (answer === undefined || 'refused' in answer) return answer;
      const { reply, pendingSecret, visit, ended } = answer;
      if (pendingSecret !== undefined) {
        const why = await propose(parts, secretName, pendingSecret, from);
        if (why !== undefined) return { refused: why };
      }
      // Neither the address nor what went wrong with it is logged: the address holds the token that confirms.
      if (visit !== undefined && !(await isVisited(parts.fetchText, visit))) {
        parts.logger.warn('the address that confirms a subscription cannot be read', where);
        return { refused: 'unavailable' };
      }
      if (visit !== undefined) parts.logger.info('a subscription was confirmed', where);
      if (ended === true) parts.logger.warn('the sender says that it will send no more', where);
      return reply;
    },
  };
}

/** Why a value that the sender chose is not taken; undefined when it waits for approval now. */
async function propose(
  { plugin, secrets }: HandshakeParts,
  name: string | undefined,
  value: string,
  from: RequestOrigin,
): Promise<RefusalReason | undefined> {
  if (name === undefined) return 'no_secret';
  try {
    return (await secrets.propose(plugin, name, value, from)) === undefined ? 'bad_signature' : undefined;
  } catch (error) {
    return isHostError(error) && error.status < 500 ? 'malformed_signature' : 'unavailable';
  }
}

async function isVisited(fetchText: FetchText, url: string): Promise<boolean> {
  try {
    await fetchText(url, VISIT);
    return true;
  } catch {
    return false;
  }
}
