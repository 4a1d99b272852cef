import {
  contextOfAttempt,
  contextOfRequest,
  formatTraceparent,
  parseTraceparent,
  traceparentIn,
} from '../../src/core/trace-context';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('a traceparent is read as W3C Trace Context says, a later version too', () => {
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    isSampled: true,
  });
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.isSampled).toBe(false);
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)?.isSampled).toBe(true);
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes-later`)?.traceId).toBe(TRACE);
});

test.each([
  ['nothing', undefined],
  ['several', [`00-${TRACE}-${SPAN}-01`]],
  ['two joined', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ['version ff', `ff-${TRACE}-${SPAN}-01`],
  ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['what is too long', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(600)}`],
])('%s is no traceparent', (_what, value) => {
  expect(parseTraceparent(value)).toBeUndefined();
});

test('what is handed on reads as what it was', () => {
  const context = { traceId: TRACE, spanId: SPAN, isSampled: false };
  expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
});

test('of header lines the one traceparent counts, whatever its case, and none of several', () => {
  expect(traceparentIn(['Host', 'a', 'TraceParent', 'x'])).toBe('x');
  expect(traceparentIn(['traceparent', 'x', 'Traceparent', 'y'])).toBeUndefined();
  expect(traceparentIn(['host', 'traceparent'])).toBeUndefined();
});

test('a request has the same place whoever asks, and another at another time', () => {
  const request = { requestId: 'r', receivedAt: 1, traceparent: undefined };
  const { parent, context } = contextOfRequest(request);
  expect(parent).toBeUndefined();
  expect(context).toEqual(contextOfRequest({ ...request }).context);
  expect(context.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(contextOfRequest({ ...request, receivedAt: 2 }).context.traceId).not.toBe(context.traceId);
});

test('attempts at one job are beside one another, in the trace of their parent or their own', () => {
  const [first, second] = [contextOfAttempt('1-a', 1, undefined), contextOfAttempt('1-a', 2, undefined)];
  expect(first.traceId).toBe(second.traceId);
  expect(first.spanId).not.toBe(second.spanId);
  expect(contextOfAttempt('1-a', 1, { traceId: TRACE, isSampled: true })).toEqual({
    ...{ traceId: TRACE, isSampled: true, spanId: first.spanId },
  });
});
