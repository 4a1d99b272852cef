import { resealedText } from '../../src/state/resealed-text';
import { createSealer, type MasterSealer } from '../../src/state/sealer';
import { provideMasterKey } from '../../src/state/master-key';
import { Secret } from '../../src/core/secret';

const keyOf = (fill: number) => provideMasterKey(new Secret(Buffer.alloc(32, fill).toString('hex')), '/none');
let old: MasterSealer;
let sealer: MasterSealer;
beforeEach(() => {
  old = createSealer(keyOf(1));
  sealer = createSealer(keyOf(2), [keyOf(1)]);
});

test('texts are sealed anew wherever they stand: alone, as JSON, in objects and in lists', () => {
  const sealed = (context: string) => old.seal('plain', context);
  const value = JSON.stringify({
    ...{ id: 7, open: 's1.nothing', secret: sealed('secret'), gone: null },
    list: [{ secret: sealed('secret') }, sealed('list')],
  });
  const made = resealedText(value, sealer, (field) => field);
  expect([made.resealed, made.failures]).toEqual([3, []]);
  const parsed = JSON.parse(made.text);
  expect(parsed).toMatchObject({ id: 7, open: 's1.nothing', gone: null });
  for (const [text, context] of [
    [parsed.secret, 'secret'],
    [parsed.list[0].secret, 'secret'],
    [parsed.list[1], 'list'],
  ])
    expect(createSealer(keyOf(2)).open(text, context)).toBe('plain');
  for (const whole of [sealed('at'), JSON.stringify(sealed('at'))]) {
    const { text, resealed } = resealedText(whole, sealer, (field) => (field === '' ? 'at' : 'elsewhere'));
    expect(resealed).toBe(1);
    expect(sealer.open(text.replaceAll('"', ''), 'at')).toBe('plain');
  }
});

test('what the present key has sealed, or none, is left exactly as it is', () => {
  for (const text of [sealer.seal('plain', 'x'), '{ "a" : 1 }', 'no JSON', '', '"s1.x.y"', 'null'])
    expect(resealedText(text, sealer, () => 'x')).toEqual({ text, resealed: 0, failures: [] });
});

test('what cannot be opened stays, and the rest is sealed anew', () => {
  const lost = createSealer(keyOf(3)).seal('plain', 'a');
  const elsewhere = old.seal('plain', 'elsewhere');
  const { text, resealed, failures } = resealedText(
    JSON.stringify({ a: lost, b: elsewhere, c: old.seal('plain', 'c') }),
    sealer,
    (field) => field,
  );
  expect([resealed, failures.length]).toEqual([1, 2]);
  expect(JSON.parse(text)).toMatchObject({ a: lost, b: elsewhere });
});
