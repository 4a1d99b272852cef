import path from 'node:path';
import { startHost, type TestHost } from '../../src/testing';
import { copyExamples, type ExampleCopy } from '../support/example-copy';

describe('the auth example', () => {
  let copy: ExampleCopy;
  let host: TestHost;
  beforeAll(async () => {
    copy = copyExamples('auth');
    host = await startHost({ plugins: path.join(copy.folder, 'auth') });
  });
  afterAll(async () => {
    await host.stop();
    copy.remove();
  });

  const ask = async (method: string, at: string, token?: string, json?: unknown) => {
    const response = await fetch(host.urlOf('example.auth', at), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const signIn = async (name: string, role: string) =>
    (await ask('POST', '/sessions', undefined, { name, role })).body.token as string;

  test('401 without a session, 403 for who may not, 204 for who may', async () => {
    expect((await ask('DELETE', '/notes')).status).toBe(401);
    expect((await ask('DELETE', '/notes', 'a token that nobody gave')).status).toBe(401);
    expect((await ask('DELETE', '/notes', await signIn('Ada', 'reader'))).status).toBe(403);
    expect((await ask('DELETE', '/notes', await signIn('Grace', 'admin'))).status).toBe(204);
  });

  test('who is not signed in hears 401, whatever the body', async () => {
    expect((await ask('POST', '/notes', undefined, { nonsense: true })).status).toBe(401);
    expect((await ask('POST', '/notes', await signIn('Ada', 'reader'), { nonsense: true })).status).toBe(422);
  });

  test('an answer holds what its schema declares: the session tells its token alone', async () => {
    const { status, body } = await ask('POST', '/sessions', undefined, { name: 'Ada' });
    expect([status, Object.keys(body)]).toEqual([201, ['token']]);
  });
});
