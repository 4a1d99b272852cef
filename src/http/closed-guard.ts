import { isOpen } from '../core/access';
import type { Endpoint } from '../core/declaration';
import type { Guard, Guards } from '../core/ports/guards';

/** Lets the operator pass, and nobody else. */
const CLOSED: Guard = {
  scheme: 'operator',
  challenge: 'Bearer',
  isWebhook: false,
  head: (head) =>
    head.isOperator() ? { ok: true, verified: undefined } : { ok: false, reason: 'missing_credential' },
  judge: undefined,
  handshake: undefined,
  ack: undefined,
  dedupeWindowMs: undefined,
  ownQuery: [],
};

/** For a host that verifies nobody: what is not open stays the operator's. */
export const closedGuards: Pick<Guards, 'guardOf'> = {
  guardOf: (_plugin, { access }: Endpoint) => (isOpen(access) ? undefined : CLOSED),
};
