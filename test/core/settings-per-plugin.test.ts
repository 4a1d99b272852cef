import { resolveSettings } from '../../src/core/settings-resolver';

const resolve = (file: unknown, env: Record<string, string> = {}) =>
  resolveSettings({ flags: {}, env, file, fileName: undefined, workingFolder: '/' }).settings;
const answerOf = (file: unknown, env?: Record<string, string>) =>
  resolve(file, env).compat['webhookMethods.answer'];
function issuesOf(file: unknown): string {
  try {
    resolve(file);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the settings were accepted');
}

describe('the answer of webhook methods', () => {
  test.each<[string, unknown, unknown]>([
    ['beside the mode', { webhookMethods: { mode: 'on', answer: 'accept' } }, 'accept'],
    ['alone', { webhookMethods: { answer: { ackWithinMs: '3s' } } }, { ackWithinMs: 3_000 }],
    ['with a dot', { 'webhookMethods.answer': 'handler' }, 'handler'],
    ['not at all', { webhookMethods: 'off' }, 'handler'],
  ])('is given %s', (_how, compat, answer) => {
    expect(answerOf({ compat })).toEqual(answer);
  });

  test('beside the mode leaves the mode what it says, and alone the default', () => {
    expect(resolve({ compat: { webhookMethods: { mode: 'on', answer: 'accept' } } }).compat).toMatchObject({
      webhookMethods: 'on',
    });
    expect(resolve({ compat: { webhookMethods: { answer: 'accept' } } }).compat.webhookMethods).toBe('warn');
  });

  test.each([
    ['accept', 'accept'],
    ['ackWithinMs=2500', { ackWithinMs: 2_500 }],
    ['ackWithinMs=3s', { ackWithinMs: 3_000 }],
  ])('is the text %s in a variable', (text, answer) => {
    expect(answerOf({}, { GATEHOUSE_COMPAT_WEBHOOK_METHODS_ANSWER: text })).toEqual(answer);
  });

  test.each([
    'later',
    { ackWithinMs: 0 },
    { ackWithinMs: 10, more: 1 },
    { within: 10 },
    {},
    ['accept'],
    'ackWithinMs',
    'ackWithinMs=1s,x=1',
    86_400_001,
  ])('is not %j', (answer) => {
    expect(issuesOf({ compat: { 'webhookMethods.answer': answer } })).toContain(
      'expected handler, accept, or { ackWithinMs: 2500 }',
    );
  });

  test('is said of one plugin and of one endpoint', () => {
    const file = {
      plugins: {
        'acme.ci': {
          webhookMethods: { answer: 'accept' },
          endpoints: { '/github': { answer: { ackWithinMs: 2_500 } }, stripe: { answer: 'handler' } },
          config: { channel: 'ci' },
        },
        'acme.pay': {},
      },
    };
    expect(resolve(file).perPlugin).toEqual({
      'acme.ci': {
        config: { channel: 'ci' },
        webhookMethods: { answer: 'accept' },
        endpoints: { '/github': { answer: { ackWithinMs: 2_500 } }, stripe: { answer: 'handler' } },
      },
      'acme.pay': { config: {} },
    });
  });

  test('is refused with the place and what stands near it', () => {
    const issues = issuesOf({
      plugins: {
        'acme.ci': {
          webhookMethods: 'accept',
          endpoints: { '/github': { answer: 'soon', anwser: 1 }, '/x': 'accept' },
          endpoint: {},
        },
      },
      compat: { webhookMethods: { answers: 'accept' } },
    });
    expect(issues).toContain('plugins.acme.ci.webhookMethods must be a mapping');
    expect(issues).toContain("plugins.acme.ci.endpoints./github.answer: 'soon', expected handler, accept");
    expect(issues).toContain('the nearest is plugins.acme.ci.endpoints./github.answer');
    expect(issues).toContain('plugins.acme.ci.endpoints./x must be a mapping');
    expect(issues).toContain('the nearest is plugins.acme.ci.endpoints');
    expect(issues).toContain('compat.webhookMethods.answers is not a setting');
  });
});
