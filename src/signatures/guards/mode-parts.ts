import type { AccessMode, SignatureAccess } from '../../core/access';
import type { Endpoint } from '../../core/declaration';
import { signedPath } from '../../core/endpoint-path';
import type { PluginKey } from '../../core/plugin-key';
import type { Guard } from '../../core/ports/guards';
import type { SpecialScheme } from '../special/special-scheme';
import {
  basicStep,
  operatorOnly,
  scopeStep,
  signedUrlStep,
  tokenStep,
  URL_TOKEN,
  type HeadStep,
} from './credentials';
import { guardHandshake } from './guard-handshake';
import { needsPublicUrl } from './guard-issues';
import { liveSecrets, type GuardParts } from './guard-parts';
import { messageStep, rowOf, signatureStep, type SignedStep } from './signed-steps';

/** One endpoint while its guard is made. */
export interface Guarded extends GuardParts {
  readonly plugin: PluginKey;
  readonly endpoint: Endpoint;
  readonly specials: ReadonlyMap<string, SpecialScheme>;
}

/** What one mode adds to the guard of its endpoint. */
export interface ModeParts {
  /** Undefined: it says nothing about who sends. */
  readonly scheme?: string;
  readonly head?: HeadStep;
  readonly judge?: SignedStep;
  readonly handshake?: Guard['handshake'];
  readonly ack?: Guard['ack'];
  readonly dedupeWindowMs?: number | undefined;
  /** Of `Basic`. */
  readonly realm?: string;
  /** The query parameter that is the gate's. */
  readonly parameter?: string;
  /** Networks that may ask. */
  readonly allowFrom?: readonly string[];
}

/** @throws signatures/invalid-row, signatures/unknown-row */
export function modeParts(mode: AccessMode, guarded: Guarded): ModeParts {
  const { plugin, endpoint, secrets, signedUrls } = guarded;
  if (mode === 'public') return {};
  if (mode === 'operator') return { scheme: 'operator', head: operatorOnly() };
  if ('scope' in mode) return { scheme: 'scope', head: scopeStep(mode) };
  if ('signature' in mode) return signatureParts(mode, guarded);
  if ('token' in mode) {
    const head = tokenStep(mode, liveSecrets(secrets, plugin, mode.secret));
    return { scheme: 'token', head, ...('query' in mode.token && { parameter: mode.token.query }) };
  }
  if ('signedUrl' in mode) {
    const head = signedUrlStep(signedUrls, plugin, signedPath(endpoint));
    return { scheme: 'signed-url', head, parameter: URL_TOKEN };
  }
  if ('basic' in mode) {
    const head = basicStep(liveSecrets(secrets, plugin, mode.secret));
    return { scheme: 'basic', head, realm: mode.basic.realm ?? 'gatehouse' };
  }
  if ('messageSignature' in mode) {
    warnOfPublicUrl(mode, guarded, 'message-signature');
    return { scheme: 'message-signature', judge: messageStep(mode, secrets, plugin) };
  }
  return { allowFrom: mode.allowFrom };
}

function signatureParts(mode: SignatureAccess, guarded: Guarded): ModeParts {
  const { plugin, endpoint, specials, secrets, fetchText, logger } = guarded;
  const row = rowOf(mode);
  const secretsAt = liveSecrets(secrets, plugin, mode.secret);
  const where = { plugin, path: endpoint.path, secretsAt, secrets, fetchText, logger };
  warnOfPublicUrl(mode, guarded, row.id, row);
  return {
    scheme: row.id,
    judge: signatureStep(mode, row, specials, secretsAt),
    handshake: guardHandshake(mode, row, where),
    ack: row.ack,
    dedupeWindowMs: row.dedupeWindowMs,
  };
}

/** Not an issue: such a plugin loads anywhere, and its requests are answered 503 until the address is known. */
function warnOfPublicUrl(
  mode: AccessMode,
  guarded: Guarded,
  scheme: string,
  row?: Parameters<typeof needsPublicUrl>[1],
): void {
  const { settings, logger, plugin, endpoint } = guarded;
  if (settings.publicUrl !== undefined || !needsPublicUrl(mode, row)) return;
  logger.warn(
    'the sender signs the public address: until the setting publicUrl says it, requests are answered 503',
    {
      ...{ plugin, endpoint: endpoint.path, scheme },
    },
  );
}
