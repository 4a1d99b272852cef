import express, { Router, type ErrorRequestHandler } from 'express';
import { HostError } from '../core/errors';
import type { ChannelChange, ChannelsDesk } from '../core/ports/channels-desk';
import { Secret } from '../core/secret';
import { rate } from '../core/settings-gate-kinds';
import { streamChats } from './channels-stream';

/** A text of 256 KiB, however it is escaped. */
const LARGEST_BODY = '2mb';
const NO_JSON = 'the body is a JSON object, sent as application/json';
const WHO = 'operator';

/**
 * The chats' part of the operator API: `GET /`, `GET /adapters`, `GET /stream?chat=<key>` (Server-Sent Events, event `message`),
 * `PUT /<key>` (`{ credential?, options?, rate?, agent? }`), `DELETE /<key>`, `POST /<key>/test`, `GET /<key>/history`
 * (`?limit`, `?before`), `POST /<key>/say` (`{ text }`), `GET /messages/<id>` and `GET /messages/<id>/attachment`
 * (`?as=json`: in base64). A credential goes in and does not come out.
 */
export function createChannelsRouter(desk: () => ChannelsDesk): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: LARGEST_BODY }), refuseBody);
  router.get('/', async (_request, response) => {
    response.json({ channels: await desk().list() });
  });
  router.get('/adapters', async (_request, response) => {
    response.json({ adapters: await desk().adapters() });
  });
  router.get('/stream', async ({ query: { chat } }, response) => {
    await streamChats(desk(), optional('chat', chat), response);
  });
  addMessages(router, desk);
  router.put('/:chatKey', async ({ params: { chatKey }, body }, response) => {
    response.json(await desk().set(chatKey, changeIn(body)));
  });
  router.delete('/:chatKey', async ({ params: { chatKey } }, response) => {
    response.json({ removed: await desk().remove(chatKey) });
  });
  router.post('/:chatKey/test', async ({ params: { chatKey } }, response) => {
    response.json(await desk().test(chatKey));
  });
  router.get('/:chatKey/history', async ({ params: { chatKey }, query }, response) => {
    const limit = query['limit'] === undefined ? undefined : Number(query['limit']);
    if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
      refuse('limit is a whole number above 0');
    const before = optional('before', query['before']);
    response.json(await desk().history(chatKey, { limit, before }));
  });
  router.post('/:chatKey/say', async ({ params: { chatKey }, body }, response) => {
    const { text } = fieldsOf(body, ['text']);
    if (typeof text !== 'string' || text === '') refuse('text is a text');
    response.json(await desk().say(chatKey, String(text), WHO));
  });
  return router;
}

function addMessages(router: Router, desk: () => ChannelsDesk): void {
  router.get('/messages/:id', async ({ params: { id } }, response) => {
    const entry = await desk().message(id);
    if (entry === undefined) throw new HostError('channel/no-message', [id]);
    response.json(entry);
  });
  router.get('/messages/:id/attachment', async ({ params: { id }, query }, response) => {
    const found = await desk().attachment(id);
    if (found === undefined) throw new HostError('channel/no-message', [id]);
    const { filename, contentType, data } = found;
    if (optional('as', query['as']) === 'json')
      response.json({ filename, contentType, base64: data.toString('base64') });
    else {
      // A plugin chose name, type and bytes: nothing of it is shown as a page of this host.
      response.attachment(filename).set('x-content-type-options', 'nosniff');
      response.set('content-security-policy', "default-src 'none'; sandbox");
      response.set('content-type', contentType).send(data);
    }
  });
}

/** The parser's own messages quote the body, and with it the credential. */
const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  next(new HostError('channel/bad-request', [error.status === 413 ? 'the body is too large' : NO_JSON]));
};

function fieldsOf(body: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  // Not named: a credential that ended up as a name must not come back.
  if (Object.keys(body).some((name) => !known.includes(name)))
    return refuse(`the body knows ${known.join(', ')}, and no other member`);
  return body as Readonly<Record<string, unknown>>;
}

function changeIn(body: unknown): ChannelChange {
  const { credential, options, agent, ...given } = fieldsOf(body, ['credential', 'options', 'rate', 'agent']);
  if (credential !== undefined && typeof credential !== 'string') refuse('credential is a text');
  if (agent !== undefined && typeof agent !== 'boolean') refuse('agent is true or false');
  const most = given['rate'] === undefined ? undefined : rate.parse(given['rate'], '');
  if (given['rate'] !== undefined && (most === undefined || most === 'off'))
    refuse('rate is messages in a time, such as 30/1m');
  return {
    ...(typeof credential === 'string' && { credential: new Secret(credential) }),
    ...(options !== undefined && { options: textsIn(options) }),
    ...(most !== undefined && most !== 'off' && { rate: most }),
    ...(agent === true && { agent }),
  };
}

function textsIn(options: unknown): Readonly<Record<string, string>> {
  const isRight =
    typeof options === 'object' &&
    options !== null &&
    Object.values(options).every((value) => typeof value === 'string');
  return isRight ? (options as Record<string, string>) : refuse('options is an object of texts');
}

function optional(name: string, given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  return refuse(`${name} is given once`);
}

function refuse(why: string): never {
  throw new HostError('channel/bad-request', [why]);
}
