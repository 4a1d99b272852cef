import { compileRow } from '../../src/signatures/compile-row';
import { rowIssues } from '../../src/signatures/row-issues';
import { sampleSecret } from '../../src/signatures/signing-key';
import { signatureRow, signatureRows } from '../../src/signatures/signature-rows';
import { AT, judge, reasonOf, requestOf, sampleOf, secretsOf, tableRows } from './samples';

const byId = tableRows.map((row) => [row.id, row] as const);
const timed = byId.filter(([, row]) => row.time !== undefined);
const signing = byId.filter(([, row]) => row.kind !== 'token');

describe('the table of senders', () => {
  test('names each sender once, with nothing wrong in its row', () => {
    expect(signatureRows.length).toBeGreaterThan(100);
    expect(new Set(signatureRows.map(({ id }) => id)).size).toBe(signatureRows.length);
    expect(signatureRows.flatMap((row) => rowIssues(row).map((issue) => `${row.id}: ${issue}`))).toEqual([]);
  });

  test('says of each where that was read', () => {
    const silent = signatureRows.filter(
      ({ source }) => source === undefined || !source.startsWith('https://'),
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  test('refuses an unknown sender and names the nearest one', () => {
    expect(signatureRow('github').title).toBe('GitHub');
    expect(() => signatureRow('gihtub')).toThrow(
      expect.objectContaining({
        code: 'signatures/unknown-row',
        message: expect.stringContaining('"github"'),
      }),
    );
    expect(() => signatureRow('__proto__')).toThrow(
      expect.objectContaining({ code: 'signatures/unknown-row' }),
    );
  });

  test('leaves senders that take code to their code', () => {
    expect(() => compileRow(signatureRow('paypal'))).toThrow(
      expect.objectContaining({ code: 'signatures/invalid-row' }),
    );
  });
});

describe.each(byId)('%s', (_id, row) => {
  test('takes what it signs, and says whose secret it was', () => {
    const sample = sampleOf(row);
    expect(judge(sample)).toMatchObject({ ok: true, scheme: row.id, secretId: 's1' });
  });

  test('refuses another secret, and has none where it is empty or missing', () => {
    const sample = sampleOf(row);
    expect(reasonOf(judge(sample, { secret: sampleSecret(row).secret }))).toBe('bad_signature');
    const verify = compileRow(row);
    for (const secrets of [[], secretsOf(''), secretsOf('', '')])
      expect(verify(requestOf(sample), secrets, AT)).toEqual({ ok: false, reason: 'no_secret' });
  });

  test('refuses a request without any one of the headers that prove it', () => {
    const sample = sampleOf(row);
    const proving = Object.keys(sample.headers).filter((name) => !isForInformation(name));
    for (const name of proving) {
      const { [name]: _dropped, ...headers } = sample.headers;
      expect(judge(sample, { headers }).ok).toBe(false);
    }
    expect(proving.length > 0 || 'json' in row.signature.from).toBe(true);
  });

  function isForInformation(name: string): boolean {
    return row.delivery.some((place) => 'header' in place && place.header === name && !place.signed);
  }

  test('refuses a header of its own that came twice, in whatever case', () => {
    const sample = sampleOf(row);
    for (const [name, value] of Object.entries(sample.headers)) {
      const headers = [...Object.entries(sample.headers).flat(), name.toUpperCase(), value];
      const verdict = judge(sample, { headers: headers as never });
      expect(reasonOf(verdict)).toBe('duplicate_header');
    }
  });
});

describe.each(signing)('%s', (_id, row) => {
  test('refuses a request of which one byte was changed', () => {
    const sample = sampleOf(row);
    if (row.bodyUnsigned !== true) {
      const body = Buffer.from(sample.body);
      body[body.length - 3] = (body[body.length - 3] ?? 0) ^ 1;
      expect(reasonOf(judge(sample, { body }))).toMatch(/^bad_signature$|timestamp/);
      expect(reasonOf(judge(sample, { body: Buffer.concat([sample.body, Buffer.from('\n')]) }))).toBe(
        'bad_signature',
      );
    }
    if (row.signed.includes('method')) expect(judge(sample, { method: 'PUT' }).ok).toBe(false);
    if (row.signed.includes('url') || row.signed.includes('target'))
      expect(judge(sample, { target: `${sample.target}&c` }).ok).toBe(false);
  });

  test('takes bytes that are no text as they are', () => {
    if (row.bodyUnsigned === true || (row.time !== undefined && 'json' in row.time.from)) return;
    for (const body of [Buffer.from('\ufeff{"a":1}'), Buffer.from([0xff, 0xfe, 0, 0x80]), Buffer.alloc(0)]) {
      const sample = sampleOf(row, { body });
      expect(reasonOf(judge(sample))).toBe('ok');
    }
  });
});

describe.each(timed)('%s', (_id, row) => {
  test('holds to its window on both sides, the edges included', () => {
    const sample = sampleOf(row);
    const { past, future } = row.time as NonNullable<typeof row.time>;
    expect(reasonOf(judge(sample, {}, AT + past * 1_000))).toBe('ok');
    expect(reasonOf(judge(sample, {}, AT + past * 1_000 + 1))).toBe('timestamp_too_old');
    expect(reasonOf(judge(sample, {}, AT - future * 1_000))).toBe('ok');
    expect(reasonOf(judge(sample, {}, AT - future * 1_000 - 1))).toBe('timestamp_too_new');
  });
});
