import { credentialMembers } from '../../src/core/access-credentials';
import { liveValues, secretMask } from '../../src/core/secret-mask';
import { signatureRow } from '../../src/signatures/signature-rows';
import { keyOf } from './plain-mount';

const SECRET = 'horse/battery "staple" ü';

describe('a mask of secrets', () => {
  const mask = secretMask([SECRET, 'horse', 'abc']);

  it('hides values as they are, and as JSON, forms and addresses write them', () => {
    const escaped = JSON.stringify(SECRET);
    const forms = [SECRET, escaped, escaped.replaceAll('/', '\\/'), encodeURIComponent(SECRET)];
    for (const text of forms) expect(mask.text(`x ${text} y`)).toMatch(/^x "?\[secret\]"? y$/);
    expect(mask.text(String(new URLSearchParams({ a: SECRET })).replaceAll('%22', '"'))).not.toContain(
      'horse',
    );
  });

  it('hides values in bytes, whatever stands beside them', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(SECRET), Buffer.from([0xfe])]);
    expect(mask.bytes(bytes)).toEqual(
      Buffer.concat([Buffer.from([0xff, 0]), Buffer.from('[secret]'), Buffer.from([0xfe])]),
    );
    const plain = Buffer.from([0xff, 1]);
    expect(mask.bytes(plain)).toBe(plain);
  });

  it('leaves very short values alone, which stand in any text', () => {
    expect(mask.text('abc')).toBe('abc');
  });

  it.each([
    ['{"value":[{"clientState":"s1","id":1},{"clientState" : "s\\"2"}]}', ['s1', '2']],
    ['{"validationTokens":["t1","t2"],"value":[]}', ['t1', 't2']],
    ['{"value":[{"clientState":"cut of', ['cut of']],
    ['{"clientState":12345}', ['12345']],
  ])('hides what known senders show in the body %s', (text, hidden) => {
    const shown = secretMask([]).text(text);
    for (const value of hidden) expect(shown).not.toContain(value);
    expect(shown).toContain('[secret]');
  });

  it('leaves JSON to be JSON', () => {
    const text = '{"value":[{"clientState":"s1","id":1}],"validationTokens":["a"]}';
    expect(JSON.parse(secretMask([]).text(text))).toEqual({
      value: [{ clientState: '[secret]', id: 1 }],
      validationTokens: ['[secret]'],
    });
  });

  it('hides the members and fields an access of its own reads its token from', () => {
    const row = { ...signatureRow('graph'), id: 'own' };
    const json = { ...row, signature: { ...row.signature, from: { json: 'meta.pass.word' } } };
    const form = { ...row, signature: { ...row.signature, from: { form: 'pa.ss' } } };
    const members = credentialMembers({ signature: json, secret: 'A' }, { signature: form, secret: 'A' });
    const own = secretMask([], members);
    expect(own.text('{"meta":{"pass":{"word":"abc"}}}')).toBe('{"meta":{"pass":{"word":"[secret]"}}}');
    expect(own.text('a=1&pa.ss=abc&paxss=1')).toBe('a=1&pa.ss=[secret]&paxss=1');
  });

  it('takes its time in proportion to a hostile body', () => {
    const hostile = '"clientState"'.repeat(20_000) + '"clientState":['.repeat(20_000) + '\\"'.repeat(200_000);
    expect(secretMask([]).text(hostile)).toContain('[secret]');
  });
});

test('the live values of a plugin are those of all its names, once each', () => {
  const live = (_plugin: string, name: string) => [
    { id: '1', value: `${name}-new` },
    { id: '2', value: `${name}-old` },
  ];
  const secrets = { live, namesOf: () => ['A', 'B', 'A'] };
  expect(liveValues(secrets, keyOf('acme.ci'), 0)).toEqual(['A-new', 'A-old', 'B-new', 'B-old']);
});
