import { createHmac } from 'node:crypto';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { signatureRow } from '../../src/signatures/signature-rows';
import { sampleSecret } from '../../src/signatures/signing-key';
import { AT, BODY, judge, reasonOf, requestOf, sampleOf, secretsOf, type Sample } from './samples';

const sampled = (id: string) => sampleOf(signatureRow(id));
const withHeader = (sample: Sample, name: string, value: string) =>
  reasonOf(judge(sample, { headers: { ...sample.headers, [name]: value } }));

const github = sampled('github');
const GITHUB = 'X-Hub-Signature-256';
const digest = github.headers[GITHUB]?.slice('sha256='.length) ?? '';
const shopify = sampled('shopify');
const SHOPIFY = 'X-Shopify-Hmac-Sha256';
const mac = shopify.headers[SHOPIFY] ?? '';

describe('a signature in hex', () => {
  test.each<[string, string, string]>([
    ['upper case', `sha256=${digest.toUpperCase()}`, 'ok'],
    ['nothing', '', 'missing_signature'],
    ['nothing after its prefix', 'sha256=', 'malformed_signature'],
    ['no prefix', digest, 'malformed_signature'],
    ['another prefix', `sha1=${digest}`, 'malformed_signature'],
    ['one character less', `sha256=${digest.slice(1)}`, 'bad_encoding'],
    ['one byte less', `sha256=${digest.slice(2)}`, 'bad_encoding'],
    ['one byte more', `sha256=${digest}00`, 'bad_encoding'],
    ['letters that are no hex', `sha256=zz${digest.slice(2)}`, 'bad_encoding'],
    ['a letter of several bytes', `sha256=${digest.slice(1)}é`, 'bad_encoding'],
    ['white space inside', `sha256= ${digest.slice(1)}`, 'bad_encoding'],
    ['ten thousand characters', `sha256=${'a'.repeat(10_000)}`, 'malformed_signature'],
    ['another digest', `sha256=${'0'.repeat(64)}`, 'bad_signature'],
  ])('with %s', (_what, value, reason) => {
    expect(withHeader(github, GITHUB, value)).toBe(reason);
  });
});

describe('a signature in base64', () => {
  test.each<[string, string, string]>([
    ['as it was written', mac, 'ok'],
    ['without its padding', mac.replace(/=+$/, ''), 'bad_encoding'],
    ['with padding to spare', `${mac}=`, 'bad_encoding'],
    ['with a line break', `${mac.slice(0, 20)}\n${mac.slice(20)}`, 'bad_encoding'],
    ['with a letter that is no base64', `!${mac}`, 'bad_encoding'],
    ['in hex', Buffer.from(mac, 'base64').toString('hex'), 'bad_encoding'],
    // The last character of 32 bytes carries 4 bits; the 2 spare ones must be zero (RFC 4648 §3.5).
    ['with bits that mean nothing', withSpareBits(mac), 'bad_encoding'],
  ])('%s', (_what, value, reason) => {
    expect(withHeader(shopify, SHOPIFY, value)).toBe(reason);
  });

  function withSpareBits(text: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = alphabet.indexOf(text.at(-2) ?? '');
    return `${text.slice(0, -2)}${alphabet[last + 1]}=`;
  }
});

describe('a moment', () => {
  const slack = sampled('slack');
  const MOMENT = 'X-Slack-Request-Timestamp';
  test.each<[string, string, string]>([
    ['nothing', '', 'missing_timestamp'],
    ['letters after it', '1700000000abc', 'malformed_timestamp'],
    ['a sign', '+1700000000', 'malformed_timestamp'],
    ['an exponent', '17e8', 'malformed_timestamp'],
    ['white space', ' 1700000000', 'malformed_timestamp'],
    ['digits of another script', '١٧٠٠٠٠٠٠٠٠', 'malformed_timestamp'],
    ['milliseconds for seconds', '1700000000000', 'timestamp_too_new'],
    ['more digits than a moment has', '17000000000000000', 'malformed_timestamp'],
    ['a zero before it: hashed as it came', '01700000000', 'bad_signature'],
  ])('with %s', (_what, value, reason) => {
    expect(withHeader(slack, MOMENT, value)).toBe(reason);
  });

  const twitch = sampled('twitch');
  const ISO = 'Twitch-Eventsub-Message-Timestamp';
  test.each<[string, string]>([
    ['2023-11-14', 'malformed_timestamp'],
    ['2023-11-14T22:13:20', 'malformed_timestamp'],
    ['2023-11-14T22:13:20.1234567890Z', 'malformed_timestamp'],
    ['2023-13-14T22:13:20Z', 'malformed_timestamp'],
    ['Tue, 14 Nov 2023 22:13:20 GMT', 'malformed_timestamp'],
    ['2023-11-14T22:13:20.123456789Z', 'bad_signature'],
    ['2023-11-14T23:13:20+01:00', 'bad_signature'],
    ['2023-11-14T21:00:00Z', 'timestamp_too_old'],
  ])('as a date and time %s', (value, reason) => {
    expect(withHeader(twitch, ISO, value)).toBe(reason);
  });
});

describe('pairs of a header', () => {
  const stripe = sampled('stripe');
  const header = stripe.headers['Stripe-Signature'] ?? '';
  const [moment = '', good = ''] = header.split(',');
  const bad = `v1=${'0'.repeat(64)}`;
  test.each<[string, string, string]>([
    ['the good one first', `${moment},${good},${bad}`, 'ok'],
    ['the good one last', `${moment},${bad},${bad},${good}`, 'ok'],
    ['white space after the commas', `${moment}, ${good}`, 'ok'],
    ['garbage next to the good one', `${moment},v1=zz,${good}`, 'ok'],
    ['pairs nobody asked for', `${moment},${good},v0=00,x=1`, 'ok'],
    ['an older version only', `${moment},v0=${good.slice(3)}`, 'malformed_signature'],
    ['two moments', `${moment},${moment},${good}`, 'duplicate_header'],
    ['two moments, one to come', `${moment},${good},t=1`, 'duplicate_header'],
    ['no moment', good, 'missing_timestamp'],
    ['no pairs', 'nonsense', 'malformed_signature'],
    ['a name that is missing', `${moment},=${good}`, 'malformed_signature'],
    ['a ninth candidate', `${moment},${`${bad},`.repeat(8)}${good}`, 'bad_signature'],
    ['more pairs than any sender has', `${moment},${good}${',x=1'.repeat(40)}`, 'malformed_signature'],
  ])('with %s', (_what, value, reason) => {
    expect(withHeader(stripe, 'Stripe-Signature', value)).toBe(reason);
  });

  test('of several sets each has its own moment', () => {
    const persona = sampled('persona');
    const set = persona.headers['Persona-Signature'] ?? '';
    const stale = `t=1,v1=${'0'.repeat(64)}`;
    expect(withHeader(persona, 'Persona-Signature', `${stale} ${set}`)).toBe('ok');
    expect(withHeader(persona, 'Persona-Signature', `${set} ${stale}`)).toBe('ok');
    // The moment of one set does not refresh the signature of another.
    const [time, proof] = set.split(',');
    expect(withHeader(persona, 'Persona-Signature', `${time},${stale.split(',')[1]} t=1,${proof}`)).toBe(
      'timestamp_too_old',
    );
  });
});

describe('several secrets', () => {
  const { row } = github;
  const verify = (...values: string[]) => compileRow(row)(requestOf(github), secretsOf(...values), AT);

  test('are all tried, and the one that verifies is named', () => {
    expect(verify('other', github.secret)).toMatchObject({ ok: true, secretId: 's2' });
    expect(verify('', 'a', 'b', 'c', github.secret)).toMatchObject({ ok: true, secretId: 's5' });
  });

  test('are all tried: eight values of each of eight names', () => {
    const others = Array.from({ length: 64 }, (_, index) => `other ${index}`);
    expect(reasonOf(verify(...others.slice(0, 63), github.secret))).toBe('ok');
    expect(reasonOf(verify(...others, github.secret))).toBe('bad_signature');
  });

  test('that are no keys are none', () => {
    const standard = sampled('standard');
    const judged = (value: string) =>
      reasonOf(compileRow(standard.row)(requestOf(standard), secretsOf(value), AT));
    expect(judged('whsec_')).toBe('no_secret');
    expect(judged('whsec_!!!')).toBe('no_secret');
    const discord = sampled('discord');
    const keyed = (value: string) =>
      reasonOf(compileRow(discord.row)(requestOf(discord), secretsOf(value), AT));
    expect(keyed('abcd')).toBe('no_secret');
    expect(keyed(discord.secret.toUpperCase())).toBe('ok');
    const sendgrid = sampled('sendgrid');
    const wrong = sampleSecret(signatureRow('standard-v1a')).secret.slice('whpk_'.length);
    expect(reasonOf(judge(sendgrid, { secret: wrong }))).toBe('no_secret');
  });
});

describe('GitLab', () => {
  const signed = sampled('gitlab');
  const verify = compileRow(signatureRow('gitlab'));
  const plain = { 'X-Gitlab-Token': 'plain-token', 'X-Gitlab-Event': 'Push Hook' };

  test('takes the plain token while there is no signing token', () => {
    const request = plainRequest({ headers: plain, body: BODY });
    expect(verify(request, secretsOf('plain-token'), AT)).toMatchObject({
      ok: true,
      scheme: 'gitlab-token',
      bodySigned: false,
      event: 'Push Hook',
    });
    expect(reasonOf(verify(request, secretsOf('other'), AT))).toBe('bad_signature');
  });

  test('never falls back to the plain token once there is a signing token', () => {
    const secrets = secretsOf('plain-token', signed.secret);
    expect(verify(requestOf(signed), secrets, AT)).toMatchObject({
      ok: true,
      secretId: 's2',
      scheme: 'gitlab',
    });
    const judged = (headers: Readonly<Record<string, string>>) =>
      reasonOf(verify(plainRequest({ headers, body: BODY }), secrets, AT));
    expect(judged(plain)).toBe('missing_signature');
    expect(judged({ ...signed.headers, ...plain, 'webhook-signature': `v1,${'A'.repeat(43)}=` })).toBe(
      'bad_signature',
    );
    expect(judged({ ...signed.headers, ...plain, 'webhook-id': 'another' })).toBe('bad_signature');
  });
});

describe('what is signed', () => {
  test('is refused where a value holds the separator that follows it', () => {
    const { row, secret, headers, body } = sampled('standard');
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const id = 'a.1';
    const signature = createHmac('sha256', key).update(`${id}.1700000000.`).update(body).digest('base64');
    const forged = { ...headers, 'webhook-id': id, 'webhook-signature': `v1,${signature}` };
    expect(reasonOf(judge({ ...sampled('standard'), row, secret, headers: forged }))).toBe(
      'malformed_signature',
    );
  });

  test('is the JSON of Gitea whether it is the body, a field of a form or of the query', () => {
    const gitea = sampled('gitea');
    const payload = gitea.body.toString();
    const encoded = new URLSearchParams({ payload }).toString();
    const formed = (body: string) =>
      judge(gitea, {
        headers: { ...gitea.headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(body),
      });
    expect(judge(gitea)).toMatchObject({ ok: true, bodySigned: true });
    expect(formed(encoded)).toMatchObject({ ok: true, bodySigned: false });
    expect(reasonOf(formed(`${encoded}&payload=${encodeURIComponent('{}')}`))).toBe('bad_signature');
    expect(reasonOf(formed(payload))).toBe('bad_signature');
    const query = { method: 'GET', target: `/x?${encoded}`, body: Buffer.alloc(0) };
    expect(judge(gitea, query)).toMatchObject({ ok: true });
    expect(reasonOf(judge(gitea, { ...query, target: '/x?payload=1' }))).toBe('bad_signature');
  });

  test('is the address as it was registered, and a host that does not know its own refuses as its own fault', () => {
    const square = sampled('square');
    expect(reasonOf(judge(square))).toBe('ok');
    const { row, secret, headers, body, target } = square;
    const nowhere = plainRequest({ headers, body, target });
    expect(reasonOf(compileRow(row)(nowhere, secretsOf(secret), AT))).toBe('no_public_url');
    for (const other of [target.replace("'", '%27'), target.replace('%2B', '+'), `/${target}`, `${target}/`])
      expect(reasonOf(judge(square, { target: other }))).toBe('bad_signature');
  });

  test('is of HubSpot’s address with some characters decoded and no others', () => {
    const hubspot = sampled('hubspot');
    const escaped = hubspot.target.replace("'", '%27');
    expect(reasonOf(judge(hubspot, { target: escaped }))).toBe('ok');
    expect(reasonOf(judge(hubspot, { target: hubspot.target.replace('%2B', '+') }))).toBe('bad_signature');
  });

  test('is each header of DocuSign that is numbered, whichever key made it', () => {
    const docusign = sampled('docusign');
    const good = docusign.headers['X-DocuSign-Signature-1'] ?? '';
    const other = Buffer.alloc(32).toString('base64');
    const judged = (headers: Record<string, string>) => reasonOf(judge(docusign, { headers }));
    expect(judged({ 'X-DocuSign-Signature-1': other, 'x-docusign-signature-2': good })).toBe('ok');
    expect(judged({ 'X-DocuSign-Signature-one': good })).toBe('missing_signature');
    expect(judged({ 'X-DocuSign-Signature-': good })).toBe('missing_signature');
  });

  test('is nothing of a batch of Graph unless every notification carries the state', () => {
    const graph = sampled('graph');
    const { secret } = graph;
    const judged = (...items: object[]) =>
      reasonOf(judge(graph, { body: Buffer.from(JSON.stringify({ value: items })) }));
    expect(judged({ clientState: secret }, { clientState: secret })).toBe('ok');
    expect(judged({ clientState: secret }, { clientState: 'other' })).toBe('bad_signature');
    expect(judged({ clientState: secret }, {})).toBe('missing_signature');
    expect(judged({ clientState: secret }, { clientState: '' })).toBe('bad_signature');
    expect(judged({ clientState: secret }, { clientState: [secret] })).toBe('missing_signature');
    expect(judged()).toBe('missing_signature');
  });

  test('may be what the content encoding hid, and what cannot be undone is refused', () => {
    const row = { ...signatureRow('github'), over: 'decoded' as const };
    const request = { ...requestOf(github), wire: Buffer.from('compressed'), decoded: () => github.body };
    expect(reasonOf(compileRow(row)(request, secretsOf(github.secret), AT))).toBe('ok');
    const broken = {
      ...request,
      decoded: (): Buffer => {
        throw new Error('incorrect header check');
      },
    };
    expect(reasonOf(compileRow(row)(broken, secretsOf(github.secret), AT))).toBe('bad_encoding');
  });
});
