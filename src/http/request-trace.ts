import type { Tracing } from '../core/ports/tracing';
import type { GateResponse } from './messages';
import { pathOf } from './request-path';

/** Tells of what plugins answered; the host's own addresses are no part of anybody's trace. */
export function traceRecord(tracing: Pick<Tracing, 'answered'>): (response: GateResponse) => void {
  return (response) => {
    const { req: request, site, measured, receivedAt } = response;
    if (site === undefined && receivedAt === 0) return;
    const endpoint = measured?.endpoint;
    const { traceparent } = request.headers;
    tracing.answered({
      method: request.method ?? '',
      route: site && endpoint && `/api/plugin/${site.key}${endpoint.path}`,
      path: pathOf(request.originalUrl),
      status: statusOf(response),
      durationMs: performance.now() - response.startedAt,
      ip: response.callerIp,
      plugin: site?.key,
      requestId: request.requestId,
      receivedAt: receivedAt === 0 ? undefined : receivedAt,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    });
  };
}

/** Undefined when the sender left before the answer. */
function statusOf(response: GateResponse): number | undefined {
  if (response.isSwitched) return 101;
  return response.headersSent ? response.statusCode : undefined;
}
