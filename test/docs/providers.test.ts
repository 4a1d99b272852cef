import { readFileSync } from 'node:fs';
import path from 'node:path';
import { handshakes } from '../../src/signatures/handshakes/answer-handshake';
import { signatureRows } from '../../src/signatures/signature-rows';

const page = readFileSync(path.resolve(__dirname, '../../docs/providers.md'), 'utf8');
const lines = new Map(
  page
    .slice(0, page.indexOf('## Handshakes'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => [line.split('`')[1] ?? '', line] as const),
);
/** Cells of a line; a `\|` inside one is no border. */
const cells = (line = '') =>
  line
    .slice(2, -2)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

describe('the page of senders', () => {
  test.each(signatureRows.map((row) => [row.id, row] as const))(
    'has one line for %s, with its facts',
    (id, row) => {
      const [name, sender, from, signed, delivery, answer, handshake, limits] = cells(lines.get(id));
      expect(cells(lines.get(id))).toHaveLength(8);
      expect([name, sender]).toEqual([`\`${id}\``, `[${row.title}](${row.source})`]);
      expect(from).toContain(String(Object.values(row.signature.from)[0]));
      expect(signed).not.toBe('');
      expect(delivery?.includes('(signed)')).toBe(row.delivery.some((place) => place.signed));
      expect(answer === '–').toBe(row.ack === undefined);
      expect(handshake).toBe(row.handshake === undefined ? '–' : `\`${row.handshake}\``);
      for (const note of row.notes ?? []) expect(limits).toContain(note.replaceAll('|', '\\|'));
    },
  );

  test('tells of every handshake', () => {
    const told = page.slice(page.indexOf('## Handshakes'));
    for (const [id, { source }] of Object.entries(handshakes)) {
      expect(told).toContain(`| \`${id}\` |`);
      expect(told).toContain(source);
    }
  });

  test('leaves nothing open', () => {
    expect(page).not.toMatch(/undefined|\[object|NaN/);
  });
});
