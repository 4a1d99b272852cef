import { connect } from 'node:net';
import type { Exchange } from '../../src/core/exchange';
import { HttpError } from '../../src/core/http-error';
import { collect, D, formOf, postForm, serveParts, sizeOf, startForForms, TYPE } from './form-under-test';
import { endpoint, eventually, sendRaw, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startForForms();
});
afterEach(() => host.close());

const serve = (...given: Tail<Parameters<typeof serveParts>>) => serveParts(host, ...given);
const post = (...given: Tail<Parameters<typeof postForm>>) => postForm(host, ...given);
type Tail<List extends unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never;

describe('a form that is left', () => {
  /** Two requests down one connection: that both are answered says that nothing of the first blocks the second. */
  const twice = async (body: Buffer) => {
    const head = `POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nContent-Length: ${body.length}\r\n`;
    const text = body.toString('latin1');
    const answers = await sendRaw(host.port, `${head}\r\n${text}${head}Connection: close\r\n\r\n${text}`);
    return [...answers.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]);
  };
  const large = formOf(
    ['a', '1'],
    ['f', Buffer.alloc(190_000, 7), 'f'],
    ['g', Buffer.alloc(190_000, 8), 'g'],
  );

  test.each<[string, (exchange: Exchange) => unknown, string]>([
    [
      'by a break',
      async ({ parts }) => {
        for await (const part of parts()) if (part.name === 'f') break;
        return 'left';
      },
      '200',
    ],
    [
      'in the middle of a part',
      async ({ parts }) => {
        for await (const part of parts()) for await (const _chunk of part.stream) break;
        return 'left';
      },
      '200',
    ],
    [
      'by an error',
      async ({ parts }) => {
        for await (const part of parts()) if (part.name === 'f') throw new HttpError(409, 'no');
      },
      '409',
    ],
    ['before it began', () => 'left', '200'],
    ['though its parts were asked for', ({ parts }) => void parts(), '204'],
    [
      'and stepped through by hand',
      async ({ parts }) => {
        const iterator = parts()[Symbol.asyncIterator]();
        await iterator.next();
        await iterator.next();
        return 'left';
      },
      '200',
    ],
    ['for a large answer', () => 'x'.repeat(20_000_000), '200'],
  ])('%s does not keep its connection', async (_name, handle, status) => {
    serve(handle);
    expect(await twice(large)).toEqual([status, status]);
  });

  test('until its time is up does not keep its connection, nor its generation', async () => {
    const thrown: unknown[] = [];
    const live = serve(
      async ({ parts, signal }) => {
        const iterator = parts()[Symbol.asyncIterator]();
        await iterator.next();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await iterator.next().catch((error: unknown) => thrown.push(error));
      },
      {},
      { timeoutMs: 50 },
    );
    expect(await twice(large)).toEqual(['503', '503']);
    await eventually(() => live.leases === 0 && thrown.length === 2);
    expect(thrown).toMatchObject([{ code: 'body/part-gone' }, { code: 'body/part-gone' }]);
  });

  test('by its sender is told once, where it is read', async () => {
    const told: string[] = [];
    const live = serve(async ({ parts }) => {
      try {
        for await (const part of parts())
          try {
            await sizeOf(part);
          } catch (error) {
            told.push(`part ${(error as { code: string }).code}`);
          }
      } catch (error) {
        told.push(`form ${(error as { code: string }).code}`);
      }
    });
    const head = `POST ${D} HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nContent-Length: ${large.length}\r\n\r\n`;
    const socket = connect(host.port, '127.0.0.1');
    socket.write(head);
    socket.write(large.subarray(0, 150_000));
    await eventually(() => live.leases === 1);
    setTimeout(() => socket.destroy(), 50);
    await eventually(() => told.length === 2 && live.leases === 0);
    expect(told).toEqual(['part body/incomplete', 'form body/incomplete']);
  });

  test('may be read on after an early answer', async () => {
    let sizes: number[] = [];
    serve(async ({ parts, respond }) => {
      respond({ status: 202 });
      const read: number[] = [];
      for await (const part of parts()) read.push(await sizeOf(part));
      sizes = read;
    });
    expect((await post(large)).status).toBe(202);
    await eventually(() => sizes.length === 3);
    expect(sizes).toEqual([1, 190_000, 190_000]);
  });

  test('may be read in the background', async () => {
    let size = 0;
    serve(({ parts, background }) => {
      background(async () => {
        for await (const part of parts()) size += await sizeOf(part);
      });
      return 'later';
    });
    expect((await post(large)).body).toBe('later');
    await eventually(() => size === 380_001);
  });
});

describe('a malformed form', () => {
  const body = formOf(['a', '1'], ['f', 'bytes', 'f', 'text/csv'], ['b', '2']);

  test.each(['parts', 'multipart'] as const)('cut at any byte is 400, read as %s', async (kind) => {
    host.seat('acme.demo', endpoint('POST', '/', collectAny, { body: { kind } }));
    const statuses = await Promise.all(
      Array.from({ length: body.length }, (_, at) => post(body.subarray(0, at + 1))),
    );
    // The closing line's end may be missing; the first dashes that close it may not.
    const whole = body.length - 2;
    expect(
      statuses.flatMap(({ status, body: answer }, at) =>
        at + 1 >= whole === (status === 200) ? [] : [`${at + 1}: ${status} ${answer?.code}`],
      ),
    ).toEqual([]);
    expect(new Set(statuses.slice(0, whole - 1).map((answer) => answer.body.code))).toEqual(
      new Set(['body/invalid-form']),
    );
  });

  test.each(['parts', 'multipart'] as const)('with a byte changed is answered, read as %s', async (kind) => {
    host.seat('acme.demo', endpoint('POST', '/', collectAny, { body: { kind } }));
    const answers = await Promise.all(
      Array.from({ length: body.length }, (_, at) => {
        const changed = Buffer.from(body);
        changed[at] = 0x2d;
        return post(changed);
      }),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 400]));
  });

  const collectAny = async (exchange: Exchange) => {
    if (exchange.parts === undefined) return undefined;
    try {
      return await collect(exchange);
    } catch (error) {
      if ((error as { code?: string }).code === 'body/not-parts') return 'spooled';
      throw error;
    }
  };

  test.each([
    ['without a boundary', 'multipart/form-data', 'x'],
    ['that is no form', TYPE, 'nonsense'],
    ['without a name', TYPE, '--B\r\ncontent-disposition: form-data\r\n\r\nx\r\n--B--\r\n'],
    ['with broken headers', TYPE, '--B\r\n\0: x\r\n\r\nx\r\n--B--\r\n'],
  ])('%s is 400', async (_name, type, text) => {
    serve(collect);
    const answer = await host.call(D, { method: 'POST', body: text, headers: { 'content-type': type } });
    expect([answer.status, answer.body.code]).toEqual([400, 'body/invalid-form']);
  });
});
