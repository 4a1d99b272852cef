import type { Outgoing } from '../../src/core/ports/outgoing';

const none = () => Promise.reject(new Error('nothing goes out of here'));

/** Of plugins that send nothing. */
export const noOutgoing: Outgoing = {
  http: { request: none, get: none, post: none, webhook: none },
  deliverWebhook: none,
};
