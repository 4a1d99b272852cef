import { foldFirst, foldPage, unseenIn } from '../../console/src/parts/infinite-rows-fold';

interface Row {
  readonly id: string;
  readonly state?: string;
}
const rows = (from: number, to: number): Row[] =>
  Array.from({ length: from - to + 1 }, (_, index) => ({ id: String(from - index) }));
const page = (from: number, to: number, next: string | undefined = String(to)) => ({
  items: rows(from, to),
  next,
});
const ids = ({ pages }: { pages: readonly { items: readonly Row[] }[] }) =>
  pages.flatMap(({ items }) => items.map(({ id }) => Number(id)));
const shown = () => ({ pages: [page(10, 6), page(5, 1, undefined)], pageParams: [undefined, '6'] });

describe('a list whose first page is read anew', () => {
  it('shows what came to a reader at the top, and keeps what it read before', () => {
    expect(ids(foldFirst(shown(), page(12, 8), true))).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('moves nothing for a reader further down, but shows what became of the rows', () => {
    const fresh = { items: [...rows(12, 11), { id: '10', state: 'dead' }], next: '10' };
    const folded = foldFirst(shown(), fresh, false);
    expect(ids(folded)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(folded.pages[0]?.items[0]).toEqual({ id: '10', state: 'dead' });
  });

  it('begins anew where more came than a page holds, for what lies between is not known', () => {
    expect(ids(foldFirst(shown(), page(30, 26), true))).toEqual([30, 29, 28, 27, 26]);
  });

  it('drops what is gone', () => {
    const fresh = { items: [{ id: '10' }, { id: '8' }, { id: '6' }], next: '6' };
    expect(ids(foldFirst(shown(), fresh, true))).toEqual([10, 8, 6, 5, 4, 3, 2, 1]);
    expect(ids(foldFirst(shown(), { items: [], next: undefined }, true))).toEqual([]);
  });

  it('does not grow without end while somebody watches', () => {
    const long = { pages: [page(2_000, 1)], pageParams: [undefined] };
    expect(ids(foldFirst(long, page(2_001, 1_902), true))).toHaveLength(100);
  });

  it('stays the same where nothing was read', () => {
    const before = shown();
    const [first] = before.pages;
    expect(first && foldFirst(before, first, true)).toBe(before);
  });

  it('keeps what was found below where a page of a large store looked at less than before', () => {
    const found = { items: rows(12, 12), next: '11' };
    expect(ids(foldFirst(shown(), found, true, 5))).toEqual([12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const nothing = { items: [], next: '11' };
    expect(ids(foldFirst(shown(), nothing, true, 5))).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const fewer = { items: [{ id: '10', state: 'dead' }, { id: '8' }], next: '7' };
    expect(ids(foldFirst(shown(), fewer, true, 5))).toEqual([10, 8, 7, 6, 5, 4, 3, 2, 1]);
  });
});

describe('a later page that is read anew', () => {
  const three = () => ({ pages: [page(9, 7), page(6, 4), page(3, 1)], pageParams: [undefined, '7', '4'] });

  it('loses the rows that went', () => {
    expect(ids(foldPage(three(), 1, { items: rows(6, 5), next: '4' }, 3))).toEqual([9, 8, 7, 6, 5, 3, 2, 1]);
  });

  it('keeps its rows where it looked at another part of a large store than before', () => {
    const folded = foldPage(three(), 1, { items: [{ id: '6', state: 'dead' }], next: '6' }, 3);
    expect(ids(folded)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(folded.pages[1]?.items[0]).toEqual({ id: '6', state: 'dead' });
  });

  it('takes its place, and the place of the next stays', () => {
    const folded = foldPage(shown(), 1, { items: [{ id: '5', state: 'dead' }], next: '5' });
    expect(ids(folded)).toEqual([10, 9, 8, 7, 6, 5]);
    expect(folded.pages[1]?.next).toBe('1');
  });
});

describe('what a reader has not seen yet', () => {
  it('is counted, and said to be more where the page is full of it', () => {
    expect(unseenIn(rows(10, 6), page(12, 8))).toEqual({ count: 2, isMore: false });
    expect(unseenIn(rows(10, 6), page(30, 26))).toEqual({ count: 5, isMore: true });
    expect(unseenIn(undefined, page(30, 26))).toEqual({ count: 0, isMore: false });
  });
});
