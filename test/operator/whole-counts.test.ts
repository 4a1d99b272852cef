import type { WorkCount } from '../../src/core/ports/inbox-desk';
import { wholeCounts } from '../../src/operator/whole-counts';

const count = (succeeded: number, more: Partial<WorkCount> = {}): WorkCount => ({
  ...{ plugin: 'acme.ci', name: 'work', kind: 'task', states: { succeeded } },
  ...more,
});

test('what is still being counted is asked for again', async () => {
  const answers = [[count(1, { isPartial: true })], [count(9, { countedAt: 5 })], [count(10)]];
  const inbox = { counts: () => Promise.resolve(answers.shift() ?? []) };
  expect(await wholeCounts(inbox)).toEqual([count(9, { countedAt: 5 })]);
  expect(answers).toHaveLength(1);
});
