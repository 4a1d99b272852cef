import { WorkCounts } from '../../src/operator/metrics/work-counts';
import { Distribution } from '../../src/operator/metrics/distribution';

const attempt = {
  plugin: 'acme.ci',
  name: 'one',
  lane: undefined,
  outcome: 'succeeded',
  isDead: false,
  ms: 20,
};

test('however many tasks and adapters there are, what is told apart has a bound', () => {
  const work = new WorkCounts();
  for (let n = 0; n < 1_200; n += 1) work.settled({ ...attempt, name: `task-${n}` });
  expect(work.tasks).toHaveLength(1_001);
  expect(work.tasks.find(({ plugin }) => plugin === 'other')?.outcomes.get('succeeded')).toBe(200);
  for (let n = 0; n < 60; n += 1)
    work.settled({ ...attempt, plugin: 'gatehouse.host', name: 'message', lane: `adapter${n}-x` });
  expect(work.messages.size).toBe(51);
  expect(work.messages.get('other')?.get('succeeded')).toBe(10);
});

test('an attempt whose process died counts as one, and says nothing about how long it took', () => {
  const work = new WorkCounts();
  work.settled({ ...attempt, outcome: 'crashed', isDead: true, ms: undefined });
  const [task] = work.tasks;
  expect([task?.outcomes.get('crashed'), task?.seconds.within.at(-1), work.deadLetters]).toEqual([1, 0, 1]);
});

test('a distribution counts up to each bound', () => {
  const seconds = new Distribution([1, 2, 5]);
  for (const value of [0.5, 1, 1.5, 5, 9]) seconds.add(value);
  expect([seconds.within, seconds.sum]).toEqual([[2, 3, 4, 5], 17]);
});
