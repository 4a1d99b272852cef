import { markdownBlocks } from '../../console/src/parts/markdown-blocks';

it('reads headings, paragraphs, lists, code, quotes, tables and rules', () => {
  const text = [
    '# Orders #',
    'Takes them',
    'and ships them.',
    '- one',
    '  goes on',
    '- two',
    '',
    '1. first',
    '```ts',
    '# no heading',
    '```',
    '> said',
    '| a | b |',
    '|---|:-:|',
    '| 1 | 2 |',
    '---',
  ].join('\r\n');
  expect(markdownBlocks(text)).toEqual([
    { kind: 'heading', level: 1, text: 'Orders' },
    { kind: 'paragraph', text: 'Takes them and ships them.' },
    { kind: 'list', isOrdered: false, items: ['one goes on', 'two'] },
    { kind: 'list', isOrdered: true, items: ['first'] },
    { kind: 'code', text: '# no heading' },
    { kind: 'quote', text: 'said' },
    { kind: 'table', head: ['a', 'b'], rows: [['1', '2']] },
    { kind: 'rule' },
  ]);
});

it('leaves HTML as the text it is', () => {
  expect(markdownBlocks('<script>alert(1)</script>')).toEqual([
    { kind: 'paragraph', text: '<script>alert(1)</script>' },
  ]);
});

it('ends where the text does, whatever is left open', () => {
  expect(markdownBlocks('```\nopen')).toEqual([{ kind: 'code', text: 'open' }]);
  expect(markdownBlocks('| a\n|-')).toEqual([{ kind: 'table', head: ['a'], rows: [] }]);
  expect(markdownBlocks('\n\n')).toEqual([]);
});

it.each([
  '|-'.repeat(60_000),
  `a | b\n${'- | '.repeat(60_000)}x`,
  '- '.repeat(60_000),
  '#'.repeat(120_000),
  '> '.repeat(60_000),
])('reads hostile text of 120,000 characters through to its end (%#)', (text) => {
  expect(markdownBlocks(text).length).toBeGreaterThan(0);
});
