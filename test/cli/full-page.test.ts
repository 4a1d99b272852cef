import type { PageRequest } from '../../src/core/ports/inbox-desk';
import { fullPage } from '../../src/operator/cli/full-page';

/** Twelve rows, of which each page looks at two; every third is meant. */
function listOf() {
  const asked: PageRequest[] = [];
  const list = (page: PageRequest) => {
    asked.push(page);
    const above = Number(page.after ?? 13);
    const items = [above - 1, above - 2].filter((id) => id % 3 === 0).slice(0, page.limit);
    return Promise.resolve({ items, next: above > 3 ? String(above - 2) : undefined });
  };
  return { asked, list };
}

test('goes on from short pages until there are as many as were asked for', async () => {
  const { asked, list } = listOf();
  expect(await fullPage(list, { limit: 2 }, () => {})).toEqual({ items: [12, 9], next: '9' });
  expect(asked).toEqual([
    { limit: 2, after: undefined },
    { limit: 1, after: '11' },
  ]);
  expect(await fullPage(list, { limit: 2, after: '9' }, () => {})).toEqual({ items: [6, 3], next: '3' });
});

test('ends where nothing is left', async () => {
  expect(await fullPage(listOf().list, {}, () => {})).toEqual({ items: [12, 9, 6, 3], next: undefined });
});

test('says once that it takes long, and not when it does not', async () => {
  jest.useFakeTimers();
  try {
    let told = 0;
    await fullPage(listOf().list, {}, () => (told += 1));
    jest.advanceTimersByTime(60_000);
    expect(told).toBe(0);
    let answer: (page: { items: number[]; next: undefined }) => void = () => {};
    const slow = fullPage<number>(
      () => new Promise((resolve) => (answer = resolve)),
      {},
      () => (told += 1),
    );
    jest.advanceTimersByTime(60_000);
    expect(told).toBe(1);
    answer({ items: [1], next: undefined });
    expect(await slow).toEqual({ items: [1], next: undefined });
  } finally {
    jest.useRealTimers();
  }
});
