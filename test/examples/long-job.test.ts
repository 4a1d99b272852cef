import { copyExamples, type ExampleCopy } from '../support/example-copy';
import { startProcessHost, type ProcessHost } from '../support/process-host';

const key = 'example.long_job';

describe('the long-job example', () => {
  let host: ProcessHost;
  let copy: ExampleCopy;
  beforeAll(async () => {
    copy = copyExamples('long-job');
    host = await startProcessHost({ plugins: [copy.folder] });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
    copy.remove();
  });

  const at = (path: string) => `${host.base}/api/plugin/${key}${path}`;
  const start = async (pages: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(at('/jobs'), { method: 'POST', headers, body: JSON.stringify({ pages }) });
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: (await response.json()) as any,
    };
  };

  test('answers before the work is done, and says where to ask', async () => {
    const { status, location, body } = await start(30);
    expect([status, body.state]).toEqual([202, 'running']);
    const ended = await fetch(`${host.base}${location}?wait`);
    expect(await ended.json()).toEqual({ id: body.id, state: 'done', page: 30, pages: 30 });
  });

  test('jobs run side by side, each with an id of its own', async () => {
    const jobs = await Promise.all([start(3), start(4), start(5)]);
    const states = await Promise.all(
      jobs.map(async (job) => (await fetch(`${host.base}${job.location}?wait`)).json()),
    );
    expect(states.map((state) => (state as any).page)).toEqual([3, 4, 5]);
    expect(new Set(jobs.map((job) => job.body.id)).size).toBe(3);
  });

  test.each([0, -1, 1.5, '3', undefined])('%p pages are refused', async (pages) => {
    expect((await start(pages)).status).toBe(400);
  });

  test('an unknown job is 404', async () => {
    expect((await fetch(at('/jobs/none'))).status).toBe(404);
  });

  test('disabling the plugin aborts its running work', async () => {
    await start(1_000_001);
    await host.operator('POST', `plugins/${key}/disable`);
    await host.logged(/stopped at page \d+ of 1000001/);
    await host.operator('POST', `plugins/${key}/enable`);
    expect((await start(1)).status).toBe(202);
  });

  test('a reload aborts the work of the old version only', async () => {
    await start(1_000_002);
    copy.edit('long-job/index.ts', "version: '1.0.0'", "version: '1.0.1'");
    expect((await host.operator('POST', `plugins/${key}/reload`)).status).toBe(200);
    await host.logged(/stopped at page \d+ of 1000002/);
    const { location } = await start(5);
    expect(await (await fetch(`${host.base}${location}?wait`)).json()).toMatchObject({ state: 'done' });
  });

  test('stopping the host aborts running work and still exits 0', async () => {
    const own = await startProcessHost({ plugins: [copy.folder] });
    const headers = { 'content-type': 'application/json' };
    const url = `${own.base}/api/plugin/${key}/jobs`;
    await fetch(url, { method: 'POST', headers, body: '{"pages":1000003}' });
    expect(await own.stop()).toBe(0);
    expect(own.log()).toMatch(/stopped at page \d+ of 1000003/);
  });
});
