import { Scope } from '../../src/core/scope';

test('what was started last is undone first', async () => {
  const scope = new Scope();
  const undone: string[] = [];
  for (const label of ['one', 'two', 'three']) scope.defer(label, () => undone.push(label));
  expect(scope.open).toEqual(['one', 'two', 'three']);
  await scope.dispose('reload');
  expect(undone).toEqual(['three', 'two', 'one']);
  expect(scope.open).toEqual([]);
});

test('each disposer is waited for before the next runs', async () => {
  const scope = new Scope();
  const seen: string[] = [];
  scope.defer('first', () => seen.push('first'));
  scope.defer('slow', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push('slow');
  });
  await scope.dispose('disable');
  expect(seen).toEqual(['slow', 'first']);
});

test('every disposer runs even when one throws, rejects, throws undefined or hangs; the failures are told', async () => {
  const scope = new Scope();
  const ran: string[] = [];
  scope.defer('last', () => ran.push('last'));
  scope.defer('throws', () => {
    throw new Error('no');
  });
  scope.defer('rejects', () => Promise.reject(new Error('later no')));
  scope.defer('throws nothing', () => {
    throw undefined;
  });
  scope.defer('hangs', () => new Promise(() => undefined));
  const failures = await scope.dispose('remove', 20);
  expect(ran).toEqual(['last']);
  expect(failures.map(({ label }) => label)).toEqual(['hangs', 'throws nothing', 'rejects', 'throws']);
  expect(String(failures[0]?.error)).toMatch(/did not finish within 20 ms/);
});

test('the signal aborts before the first disposer, and the reason can be read there', async () => {
  const scope = new Scope();
  const seen: unknown[] = [];
  scope.defer('look', () => seen.push(scope.signal.aborted, scope.reason));
  expect(scope.reason).toBeUndefined();
  await scope.dispose('shutdown');
  expect(seen).toEqual([true, 'shutdown']);
});

test('what is deferred to a scope already disposed is undone at once', async () => {
  const scope = new Scope();
  await scope.dispose('reload');
  const undone = await new Promise((resolve) => scope.defer('late', () => resolve('undone')));
  expect(undone).toBe('undone');
  expect(scope.open).toEqual([]);
});

test('disposing twice undoes once and keeps the first reason', async () => {
  const scope = new Scope();
  let times = 0;
  scope.defer('once', () => (times += 1));
  await Promise.all([scope.dispose('reload'), scope.dispose('shutdown')]);
  expect(times).toBe(1);
  expect(scope.reason).toBe('reload');
});
