import type { GateResponse } from './messages';

/**
 * Calls `done` once the response is over, answered or abandoned; also one that still waits for its turn on a connection, which
 * hears of its end in no other way. Never, when it is over already.
 */
export function whenOver(response: GateResponse, done: () => void): void {
  const { passage } = response;
  response.passage = {
    responseClosed: () => {
      done();
      passage?.responseClosed();
    },
  };
}
