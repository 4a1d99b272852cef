import { preferencesOf } from '../../src/http/preferences';

describe('what a client prefers', () => {
  test.each([
    [undefined, false, undefined],
    ['', false, undefined],
    ['respond-async', true, undefined],
    ['Respond-Async ; x="a", wait=10', true, 10_000],
    ['wait = 3', false, 3_000],
    ['wait="3"', false, 3_000],
    ['wait="\\3"', false, 3_000],
    ['wait=5, wait=1', false, 5_000],
    ['wait=99999999999', false, undefined],
    ['wait=-1, wait=1.5', false, undefined],
    ['wait=100000', false, 86_400_000],
    ['return=minimal, xwait=5', false, undefined],
    ['x="a, respond-async, wait=1"', false, undefined],
    ['x="a\\", wait=1", wait=2', false, 2_000],
    ['x; y="a, respond-async; z", respond-async', true, undefined],
    ['respond-async; y="never ends, wait=1', true, undefined],
    [`${'respond-asynk,'.repeat(5_000)}respond-async`, true, undefined],
  ])('is read from %j', (prefer, respondAsync, waitMs) => {
    expect(preferencesOf(prefer)).toEqual({ respondAsync, waitMs });
  });
});
