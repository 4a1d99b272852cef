import path from 'node:path';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';

describe('the uploads-legacy example', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await startProcessHost({ plugins: [path.join(root, 'plugins-example')] });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
  });

  const send = async (address: string, parts: Readonly<Record<string, string | File>>) => {
    const body = new FormData();
    for (const [name, part] of Object.entries(parts)) body.append(name, part);
    const response = await fetch(host.base + address, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as any };
  };
  const report = {
    report_name: 'Weekly',
    report_file: new File(['All is well.'], 'week.txt', { type: 'text/plain' }),
  };

  test.each([
    '/api/plugin/example.uploads_legacy/webhook/upload_report',
    '/api/plugin/uploads_legacy/webhook/upload_report',
    '/api/plugin/example.uploads_legacy/upload_report',
  ])('%s takes a report', async (address) => {
    expect(await send(address, { ...report, target_chat: 'console-reports' })).toEqual({
      status: 200,
      body: { status: 'success', filename: 'week.txt', size: 12 },
    });
  });

  test('the chat hears of it', async () => {
    await send('/api/webhook/upload_report', {
      ...report,
      report_name: 'Heard',
      target_chat: 'console-reports',
    });
    await host.logged(/Received new report 'Heard' \(week\.txt\)/);
  });

  test('a missing field is a 400 that names it, on the global address too', async () => {
    const scoped = await send('/api/plugin/example.uploads_legacy/webhook/upload_report', report);
    expect(scoped.status).toBe(400);
    expect(scoped.body.detail).toContain('target_chat');
    expect((await send('/api/webhook/upload_report', report)).status).toBe(400);
  });
});
