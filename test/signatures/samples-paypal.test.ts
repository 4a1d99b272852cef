import { sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sampleEvents, sampleOf } from '../../src/signatures/samples/sample-events';
import { createSpecialSchemes } from '../../src/signatures/special/special-schemes';
import { secret, signedRequest } from './special-request';
import { Authority, Network } from './special-servers';

const HOST = 'messageverificationcerts.paypal.com';
const now = Date.now() + 60_000;
const authority = new Authority();
const leaf = authority.issue({ name: HOST, by: authority.root, alternative: HOST, usage: 'serverAuth' });
let network: Network;
beforeAll(async () => {
  network = await Network.open(authority);
});
afterAll(async () => {
  await network.close();
  authority.remove();
});

test.each(sampleEvents('paypal'))(
  'paypal %s, signed by a certificate, is taken as what it is',
  async (event) => {
    const { headers, body } = sampleOf('paypal', event);
    network.texts.set(headers['PayPal-Cert-Url'] ?? '', leaf.certificate);
    const time = new Date(now).toISOString();
    const message = `${headers['PayPal-Transmission-Id'] ?? ''}|${time}|WEBHOOK|${crc32(body)}`;
    const signature = sign('sha256', Buffer.from(message), leaf.key).toString('base64');
    const schemes = createSpecialSchemes({
      fetchText: network.fetchText,
      roots: [authority.root.certificate],
    });
    const request = signedRequest({
      headers: { ...headers, 'PayPal-Transmission-Time': time, 'PayPal-Transmission-Sig': signature },
      body,
    });
    expect(await schemes.get('paypal')?.verify(request, [secret('WEBHOOK')], now, {})).toMatchObject({
      ...{ ok: true, scheme: 'paypal', event },
      deliveryId: expect.stringMatching(/^WH-58D329510W468432D-\w{17}$/),
      dedupeKey: headers['PayPal-Transmission-Id'],
    });
  },
);
