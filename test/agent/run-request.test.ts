import { checkRequest } from '../../src/agent/runs/run-request';

const check = (request: object) => checkRequest('acme.ci', request as never);

test('what is left out is: its own tools, no delivery, isolated, a budget', () => {
  expect(check({ prompt: 'Look.' })).toEqual({
    prompt: 'Look.',
    texts: {},
    tools: ['acme.ci/*'],
    budget: { steps: 20, tokens: 100_000, timeoutMs: 300_000 },
    deliver: 'none',
    context: 'isolated',
  });
  expect(check({ prompt: 'Look.', channel: 'console-ci' }).deliver).toBe('announce');
});

test('tools are named within the plugin unless they say otherwise', () => {
  expect(check({ prompt: 'x', tools: ['look', 'acme.db/find', 'acme.db/*', '*'] }).tools).toEqual([
    'acme.ci/look',
    'acme.db/find',
    'acme.db/*',
    '*',
  ]);
});

test('texts from elsewhere are cut, and values become JSON', () => {
  const { texts } = check({
    prompt: 'x',
    untrusted: { long: 'y'.repeat(70_000), event: { id: 1 }, none: undefined },
  });
  expect(texts['long']).toMatch(/\[10000 more characters were left out\]$/);
  expect(JSON.parse(String(texts['event']))).toEqual({ id: 1 });
  expect(Object.keys(texts)).toEqual(['long', 'event']);
});

test.each([
  [{}, 'prompt'],
  [{ prompt: '  ' }, 'prompt'],
  [{ prompt: 'x', untrusted: ['a'] }, 'untrusted'],
  [{ prompt: 'x', tools: ['a b'] }, 'tools'],
  [{ prompt: 'x', tools: 'all' }, 'tools'],
  [{ prompt: 'x', budget: { steps: 1.5 } }, 'budget.steps'],
  [{ prompt: 'x', budget: { tokens: 0 } }, 'budget.tokens'],
  [{ prompt: 'x', deliver: 'announce' }, 'channel'],
  [{ prompt: 'x', context: 'channel' }, 'channel'],
  [{ prompt: 'x', channel: 'console-a', deliver: 'shout' }, 'deliver'],
])('%j is refused, naming %s', (request, name) => {
  expect(() => check(request)).toThrow(expect.objectContaining({ code: 'agent/bad-request' }));
  expect(() => check(request)).toThrow(name);
});

test('a chat key that names no chat is refused', () => {
  expect(() => check({ prompt: 'x', channel: 'nowhere' })).toThrow(
    expect.objectContaining({ code: 'channel/invalid-key' }),
  );
});
