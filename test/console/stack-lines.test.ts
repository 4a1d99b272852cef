import { stackLines } from '../../console/src/parts/stack-lines';

test('frames outside the plugin’s folder are foreign, messages never', () => {
  const stack = [
    'HostError: ci/index.js could not be loaded.',
    'caused by: Error: not today, says /srv/host.js',
    '    at index.js (/srv/plugins/ci/index.js:1:7)',
    '    at run (/srv/gatehouse/core/actor.js:28:53)',
    '    at process (node:internal/process/task_queues:95:5)',
    '    at other (/srv/plugins/ci-2/index.js:1:1)',
  ].join('\n');
  const lines = stackLines(stack, '/srv/plugins/ci');
  expect(lines.map(({ text }) => text).join('\n')).toBe(stack);
  expect(lines.map(({ isForeign }) => isForeign)).toEqual([false, false, false, true, true, true]);
});
