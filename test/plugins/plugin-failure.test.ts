import { HostError } from '../../src/core/errors';
import { toPluginFailure } from '../../src/plugins/plugin-failure';

test('ends the message with the innermost reason and shows every cause', () => {
  const boom = new Error('no database', { cause: new Error('ECONNREFUSED') });
  const failure = toPluginFailure(
    new HostError('plugin/start-failed', ['acme.ci', 'onInit'], { cause: boom }),
  );
  expect(failure.code).toBe('plugin/start-failed');
  expect(failure.message).toBe('Plugin acme.ci did not start: onInit threw. ECONNREFUSED');
  expect(failure.stack).toMatch(
    /onInit threw[\s\S]*caused by: Error: no database[\s\S]*caused by: Error: ECONN/,
  );
});

test('maps the stacks of the plugin, not those of the host', () => {
  const cause = new Error('boom');
  const failure = toPluginFailure(new HostError('plugin/fault', ['acme.ci'], { cause }), () => 'MAPPED');
  expect(failure.stack.split('\n')).toEqual([
    'HostError: Plugin acme.ci raised an error that nothing caught.',
    'caused by: MAPPED',
  ]);
});

test.each([undefined, null, 0, Symbol('x'), Object.create(null), 'text', [1]])(
  '%p is shown as an error',
  (thrown) => {
    const { code, message, stack } = toPluginFailure(thrown);
    expect(code).toBe('plugin/load-failed');
    expect(message).toContain('not an Error');
    expect(stack).toContain(message);
  },
);

test('an error that is its own cause is shown, and ends', () => {
  const loop = new Error('round');
  loop.cause = loop;
  expect(toPluginFailure(loop).stack.split('caused by: ').length).toBeLessThan(6);
});
