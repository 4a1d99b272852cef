import { dataOf } from '../../src/operator/server-sent-events';

async function* chunks(...parts: readonly string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part, 'latin1');
}
const read = async (source: AsyncIterable<Buffer>, signal = new AbortController().signal) => {
  const found: string[] = [];
  for await (const data of dataOf(source, signal)) found.push(data);
  return found;
};

test('events are found however the stream is cut, comments and other fields passed over', async () => {
  const stream = ':\n\nevent: ready\nid: 1\n\ndata: {"a":1}\n\ndata:b\ndata: c\r\n\r\ndata: unfinished';
  expect(await read(chunks(stream))).toEqual(['{"a":1}', 'b\nc']);
  expect(await read(chunks(...stream))).toEqual(['{"a":1}', 'b\nc']);
});

test('letters of several bytes may be cut in two', async () => {
  const bytes = Buffer.from('data: ä\n\n').toString('latin1');
  expect(await read(chunks(bytes.slice(0, 7), bytes.slice(7)))).toEqual(['ä']);
});

test.each([
  ['one line', ['x'.repeat(600_000)]],
  ['many lines', ['data: x\n'.repeat(70_000)]],
])('an event without end in %s is not gathered', async (_what, [part]) => {
  async function* endless() {
    for (;;) yield Buffer.from(String(part));
  }
  await expect(read(endless())).rejects.toThrow('too long');
});

test('a stream that breaks is an error, but not for whoever asked to stop', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('data: a\n\n');
    throw new Error('it hung up');
  }
  await expect(read(broken())).rejects.toThrow('it hung up');
  expect(await read(broken(), AbortSignal.abort())).toEqual(['a']);
});
