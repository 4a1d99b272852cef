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
    copy.edit('uploads/index.ts', 'filename: file.filename', 'path: file.path, filename: file.filename');
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

  test.each([
    ['the file', { report_name: 'A' }, 'report_file'],
    ['the field', { report_file: new File(['a'], 'a.txt', { type: 'text/plain' }) }, 'report_name'],
  ])('without %s: 400 that names it', async (_what, parts, missing) => {
    const { status, body } = await send(form(parts));
    expect(status).toBe(400);
    expect(body.detail).toContain(missing);
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
