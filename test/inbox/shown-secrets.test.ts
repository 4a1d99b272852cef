import { gzipSync } from 'node:zlib';
import type { Exchange } from '../../src/core/exchange';
import type { ReceiptDetail } from '../../src/core/ports/inbox-desk';
import type { RefusedRequest } from '../../src/core/ports/quarantine';
import { keyOf } from '../core/plain-mount';
import { eachStore } from './each-store';
import { count, draftOf, engineOn, hook, until, type EngineUnderTest } from './engine-under-test';
import { refusal } from './quarantine-under-test';

const KEY = 'acme.ci';
const SECRET = 'correct-horse-battery-staple';
const STATE = 'shared-with-the-sender-before';
const BODY = JSON.stringify({ value: [{ clientState: STATE, resource: 'users/1' }], note: `is ${SECRET}` });
const HEADERS = ['content-type', 'application/json', 'x-note', `of ${SECRET}`];

eachStore('secrets in requests', (open) => {
  let engine: EngineUnderTest;
  const seen: string[] = [];
  const graph = hook(
    '/graph',
    ({ text, job }: Exchange) => {
      seen.push(text());
      job?.enqueue('work', { note: SECRET });
    },
    { access: { signature: 'graph', secret: 'STATE' } },
  );
  beforeEach(async () => {
    seen.length = 0;
    engine = engineOn(await open(), { secretsOf: (plugin) => (plugin === keyOf(KEY) ? [SECRET] : []) });
    engine.put(KEY, [graph]);
    await engine.start();
  });
  afterEach(() => engine.stop(2_000));

  const accepted = async () => {
    const request = {
      headers: HEADERS,
      body: Buffer.from(BODY),
      target: `/api/plugin/acme.ci/graph?a=${SECRET}`,
    };
    const { receiptId } = await engine.inbox.accept(draftOf(KEY, graph, { request }));
    await until('its job', () => seen.length > 0);
    return receiptId;
  };
  const expectMasked = (shown: unknown) => {
    const text = JSON.stringify(shown);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(STATE);
  };

  it('reach the handler, and are masked in the receipt and in what it came to', async () => {
    const id = await accepted();
    expect(seen).toEqual([BODY]);
    const receipt: ReceiptDetail = await engine.desk.receipt(id);
    expectMasked(receipt);
    const { receipt: looked } = await engine.deliveriesDesk.timeline(id);
    expectMasked(looked);
    expect('text' in looked.body && JSON.parse(looked.body.text)).toEqual({
      value: [{ clientState: '[secret]', resource: 'users/1' }],
      note: 'is [secret]',
    });
    expect(looked.headers).toContainEqual(['x-note', 'of [secret]']);
    expect(looked.target).toBe('/api/plugin/acme.ci/graph?a=[secret]');
  });

  it('are in no fixture', async () => {
    expectMasked((await engine.deliveriesDesk.fixture(await accepted())).text);
  });

  it('are masked in the payloads of jobs', async () => {
    await engine.inbox.put([{ plugin: keyOf(KEY), task: 'work', payload: { note: SECRET } }]);
    const { items } = await engine.desk.jobs({ plugin: KEY, name: 'work' });
    expect((await engine.desk.job(items[0]?.id ?? '')).payload).toBe('{"note":"[secret]"}');
  });

  it('are masked in refused requests, and judged again as they came', async () => {
    const refused = async (requestId: string, request: Partial<RefusedRequest['request']>) => {
      const more = { path: '/graph', scheme: 'graph' };
      engine.quarantine.refused(refusal({ ...more, request: { headers: HEADERS, ...request, requestId } }));
      return until('it is kept', () => engine.quarantineDesk.refusal(requestId).catch(() => undefined));
    };
    const plain = await refused('r-1', { wire: Buffer.from(BODY), target: `/a?b=${SECRET}` });
    const shown = Buffer.from(plain.body ?? '', 'base64').toString();
    expectMasked([plain, shown]);
    expect(JSON.parse(shown)).toMatchObject({ value: [{ clientState: '[secret]', resource: 'users/1' }] });
    expect(await engine.kept.find('r-1')).toMatchObject({ request: { wire: Buffer.from(BODY) } });
    const headers = [...HEADERS, 'Content-Encoding', 'gzip'];
    expect((await refused('r-2', { headers, wire: gzipSync(BODY) })).body).toBeUndefined();
    const open = gzipSync('{"a":1}');
    expect((await refused('r-3', { headers, wire: open })).body).toBe(open.toString('base64'));
    expect((await refused('r-4', { headers, wire: Buffer.from('no gzip') })).body).toBeUndefined();
  });

  it('are masked by the names of members where no value is known', async () => {
    const id = await accepted();
    engine.put(KEY, []);
    expect(JSON.stringify(await engine.desk.receipt(id))).not.toContain(STATE);
    expect(await count(engine.store, 'poisoned')).toBe(0);
  });
});
