import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyExamples, type ExampleCopy } from '../support/example-copy';
import { startProcessHost, type ProcessHost } from '../support/process-host';

describe('the uploads example', () => {
  let host: ProcessHost;
  let copy: ExampleCopy;
  beforeAll(async () => {
    copy = copyExamples('uploads');
    // The handler tells where the file was spooled, so that the test can look whether it is gone.
    copy.edit(
      'uploads/index.ts',
      'filename: report.filename',
      'path: report.path, filename: report.filename',
    );
    host = await startProcessHost({ plugins: [copy.folder] });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
    copy.remove();
  });

  const send = async (form: FormData) => {
    const url = `${host.base}/api/plugin/example.uploads/reports`;
    const response = await fetch(url, { method: 'POST', body: form });
    return { status: response.status, body: (await response.json()) as any };
  };
  const form = (parts: Readonly<Record<string, string | File>>) => {
    const data = new FormData();
    for (const [name, part] of Object.entries(parts)) data.append(name, part);
    return data;
  };
  const text = (length: number, name = 'report.txt', type = 'text/plain') =>
    new File(['é'.repeat(length / 2)], name, { type });

  test('a report is taken byte for byte, and its spooled file is gone after the answer', async () => {
    const { status, body } = await send(form({ report_name: 'Weekly', report_file: text(1_000) }));
    expect([status, body.report, body.filename, body.size, body.begins]).toEqual([
      201,
      'Weekly',
      'report.txt',
      1_000,
      'é'.repeat(40),
    ]);
    for (let tries = 0; existsSync(body.path) && tries < 100; tries += 1) await sleep(50);
    expect(existsSync(body.path)).toBe(false);
  });

  test('a report of exactly the limit is taken, one byte more is 413', async () => {
    expect((await send(form({ report_name: 'Full', report_file: text(64 * 1024) }))).status).toBe(201);
    expect((await send(form({ report_name: 'Over', report_file: text(64 * 1024 + 2) }))).status).toBe(413);
  });

  test('without the file, without a field, and with one that is no number: 422 that names them all', async () => {
    const { status, body } = await send(form({ pages: 'many' }));
    const places = body.detail.map(({ at }: { at: string }) => at);
    expect([status, places]).toEqual([422, ['body.report_file', 'body.report_name', 'body.pages']]);
  });

  test('whoever names their upload can watch how it comes', async () => {
    const id = crypto.randomUUID();
    const base = `${host.base}/api/plugin/example.uploads`;
    const events = await fetch(`${base}/uploads/${id}/progress`);
    const body = form({ report_name: 'Weekly', report_file: text(1_000) });
    expect((await fetch(`${base}/reports?upload=${id}`, { method: 'POST', body })).status).toBe(201);
    const told = (await events.text()).match(/(?<=^data: ).*$/gm) ?? [];
    const { receivedBytes, totalBytes } = JSON.parse(told.at(-1) ?? '{}');
    expect(receivedBytes).toBeGreaterThan(1_000);
    expect(receivedBytes).toBe(totalBytes);
  });

  test('the digest of a file is made while it comes', async () => {
    const response = await fetch(`${host.base}/api/plugin/example.uploads/digests`, {
      method: 'POST',
      body: form({ a: text(10_000, 'a.txt') }),
    });
    expect(await response.json()).toEqual({
      'a.txt': createHash('sha256').update('é'.repeat(5_000)).digest('hex'),
    });
  });

  test('a part that was not declared is refused', async () => {
    const parts = { report_name: 'A', report_file: text(2), extra: text(2) };
    const { status, body } = await send(form(parts));
    expect(status).toBe(400);
    expect(body.detail).toContain('extra');
  });

  test('one file more than declared is over the limit', async () => {
    const data = form({ report_name: 'A', report_file: text(2) });
    data.append('report_file', text(2));
    expect((await send(data)).status).toBe(413);
  });

  test('a file of another type is refused', async () => {
    expect((await send(form({ report_name: 'A', report_file: text(2, 'a.png', 'image/png') }))).status).toBe(
      415,
    );
  });

  test("the client's file name loses its folders", async () => {
    const { status, body } = await send(form({ report_name: 'A', report_file: text(2, '../../etc/passwd') }));
    expect([status, body.filename]).toEqual([201, 'passwd']);
  });

  test('what is no multipart body is refused', async () => {
    const url = `${host.base}/api/plugin/example.uploads/reports`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(415);
  });
});
