import { retryAfterMs } from '../../src/core/retry-after';

const NOW = Date.parse('2026-01-02T03:04:05Z');

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7_000],
  ['0.05', 50],
  ['0.0001', 1],
  ['Fri, 02 Jan 2026 03:05:05 GMT', 60_000],
  ['Fri, 02 Jan 2026 03:04:04 GMT', 0],
])('%j asks to wait %d ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms);
});

test.each([undefined, null, '', ' ', 'soon', '1234567890123', `${'9'.repeat(100_000)}x`])(
  '%.20j asks for nothing',
  (header) => {
    expect(retryAfterMs(header, NOW)).toBeUndefined();
  },
);
