import { Readable } from 'node:stream';
import { isReadable, isReply, isStatusPair, reply, toReply } from '../../src/core/reply';

test('a reply keeps status, body and headers', () => {
  expect({ ...reply(201, { id: 1 }, { location: '/1' }) }).toMatchObject({
    status: 201,
    body: { id: 1 },
    headers: { location: '/1' },
  });
});

test.each([99, 600, 200.5, Number.NaN, '200'])('a reply refuses the status %p', (status) => {
  expect(() => reply(status as number)).toThrow(RangeError);
});

test('a reply is known by its brand, an object that looks like one is not', () => {
  expect(isReply(reply(204))).toBe(true);
  expect(isReply({ status: 204, body: undefined, headers: {} })).toBe(false);
  expect(isReply(null)).toBe(false);
});

describe('what a handler returned', () => {
  test('nothing is 204', () => {
    expect(toReply(undefined)).toMatchObject({ status: 204, body: undefined });
  });
  test('null is the JSON value null', () => {
    expect(toReply(null)).toMatchObject({ status: 200, body: null });
  });
  test('a reply stays itself', () => {
    const own = reply(302, undefined, { location: '/x' });
    expect(toReply(own)).toBe(own);
  });
  test('an object with a status is a pair, an array of other things is data', () => {
    expect(toReply([{ ok: 1 }, 201])).toMatchObject({ status: 201, body: { ok: 1 } });
    for (const data of [[1, 201], ['text', 201], [{ a: 1 }, 99], [{ a: 1 }, 201, 3], [{ a: 1 }]])
      expect(toReply(data)).toMatchObject({ status: 200, body: data });
  });
  test('the legacy rule takes a pair with any body', () => {
    expect(isStatusPair(['text', 201], true)).toBe(true);
    expect(isStatusPair(['text', 201])).toBe(false);
  });
});

test('a stream is recognised by what it can do', () => {
  expect(isReadable(Readable.from(['x']))).toBe(true);
  expect(isReadable({ pipe: 1 })).toBe(false);
  expect(isReadable('pipe')).toBe(false);
});
