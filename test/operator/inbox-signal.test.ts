import { run } from '../cli/command-line';
import { startInboxHost, type InboxHost } from './inbox-host';
import { TOKEN } from './operator-host';

let host: InboxHost;
let job: string;
beforeEach(async () => {
  host = await startInboxHost();
  job = await host.wait();
  await host.reached('waiting', 1);
});
afterEach(() => host.close());

async function post(id: string, body: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(`${host.operator.url}/api/operator/inbox/jobs/${id}/signal`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const cli = (...argv: string[]) =>
  run(['inbox', 'signal', ...argv, '--data', host.operator.data], { cwd: host.folder });
const kept = () => host.store.reader.selectFrom('signal').select(['name', 'value']).execute();

test('a job gets the value it waits for over HTTP; a finished one takes none', async () => {
  expect(await post(job, { name: 'approved', value: { by: 'ada' } })).toEqual({
    status: 200,
    body: { changed: true },
  });
  expect(await kept()).toEqual([{ name: 'approved', value: '{"value":{"by":"ada"}}' }]);
  await host.reached('succeeded', 1);
  expect((await post(job, { name: 'approved' })).body).toEqual({ changed: false });
});

test('what cannot be given is refused with its reason, and nothing is stored', async () => {
  const large = 'x'.repeat(1024 ** 2);
  for (const [body, status, code] of [
    [{ value: 1 }, 400, 'inbox/bad-request'],
    [{ name: 'n'.repeat(300) }, 400, 'inbox/bad-signal'],
    [{ name: 'approved', value: large }, 413, 'inbox/signal-too-large'],
  ] as const)
    expect(await post(job, body)).toMatchObject({ status, body: { code } });
  expect(await post('1-nonsense', { name: 'approved' })).toMatchObject({
    status: 404,
    body: { code: 'inbox/not-found' },
  });
  expect(await kept()).toEqual([]);
});

test('the command line gives it, as JSON, and says what became of it', async () => {
  expect(await cli(job, 'approved', '{"by": "ada"}')).toMatchObject({
    exitCode: 0,
    out: `${job} has its approved\n`,
  });
  await host.reached('succeeded', 1);
  const again = await cli(job, 'approved', '--json');
  expect([again.exitCode, JSON.parse(again.out)]).toEqual([1, { job, name: 'approved', changed: false }]);
});

test('the command line refuses a value that is no JSON, and a job that is none', async () => {
  const refused = await cli(job, 'approved', 'yes');
  expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining('not JSON')]);
  expect(await cli('1-nonsense', 'approved')).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('1-nonsense'),
  });
  expect((await cli(job, 'n'.repeat(300))).err).toContain('1 to 200 characters');
  expect(await kept()).toEqual([]);
});
