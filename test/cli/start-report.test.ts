import { describeState } from '../../src/operator/cli/start-report';
import { createTerminal } from '../../src/operator/cli/terminal';
import { failure, pluginStatus } from '../operator/plain-registry';

const stateOf = (more: Parameters<typeof pluginStatus>[1]) =>
  describeState(
    pluginStatus('acme.ci', more),
    createTerminal({ write: () => true }, { write: () => true }, {}),
  );
const failed = (message: string) => stateOf({ state: 'failed', failure: { ...failure, message } });

test('a list of reasons is told by its first, and how many follow', () => {
  const text =
    'It declares what cannot be served:\n  - get("/x"): a\n  - get("/y"): b\n  - get("/z"): c\nDo this.';
  expect(failed(text)).toBe('failed: It declares what cannot be served: get("/x"): a (and 2 more)');
  expect(failed('The configuration is wrong:\n  - name (not set)\nCorrect it.')).toBe(
    'failed: The configuration is wrong: name (not set)',
  );
});

test('of any other message the first line is told', () => {
  expect(failed('It threw.\n  - no list')).toBe('failed: It threw.');
  expect(failed('It ended:')).toBe('failed: It ended:');
});

test('answers that broke their schema are noted', () => {
  expect(stateOf({ brokenResponses: 3 })).toBe('live (3 broken responses)');
});
