import type { GatewayParts } from './gate';
import type { GateResponse } from './messages';
import { traceRecord } from './request-trace';

type Record = (response: GateResponse) => void;

/** What is called when a response is over: one function for all, made once. Undefined where nobody is to be told. */
export function responseRecord({ accessLog, measuring, tracing }: GatewayParts): GateResponse['onLog'] {
  const trace = tracing === undefined ? undefined : traceRecord(tracing);
  return both(both(measuring?.record, accessLog?.record), trace);
}

function both(one: Record | undefined, other: Record | undefined): Record | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return (response) => {
    one(response);
    other(response);
  };
}
