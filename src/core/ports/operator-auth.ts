import type { IncomingMessage } from 'node:http';

/** Decides whether a request speaks for the operator. Constant-time; never logs what it was shown. */
export interface OperatorAuth {
  allows(request: IncomingMessage): boolean;
}
