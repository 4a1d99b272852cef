import path from 'node:path';
import { file, Plugin, sse, z, type ServerSocket } from 'gatehouse';
import { Feed } from './feed';

export const plugin = new Plugin({
  author: 'example',
  module: 'live',
  name: 'Live',
  version: '1.0.0',
  description: 'What happens now: server-sent events that can be resumed, and a WebSocket everybody hears.',
});

const feed = new Feed();
const listeners = new Set<ServerSocket>();

plugin.get('/', () => file(path.join(__dirname, 'page.html')));
plugin.static('/assets', 'assets');

plugin.get('/events', { summary: 'News, from the last one the client has seen' }, () =>
  sse(async function* ({ lastEventId, signal }) {
    for await (const { id, text } of feed.since(Number(lastEventId ?? 0), signal))
      yield { id: String(id), event: 'news', data: text };
  }),
);

plugin.post('/news', { body: z.object({ text: z.string().min(1).max(500) }), status: 201 }, ({ body }) => ({
  id: feed.add(body.text),
}));

plugin.socket(
  '/chat',
  { query: z.object({ name: z.string().min(1).max(40).default('somebody') }) },
  async (socket, { query }) => {
    listeners.add(socket);
    try {
      for await (const message of socket)
        for (const listener of listeners) void listener.send({ name: query.name, text: String(message) });
    } finally {
      listeners.delete(socket);
    }
  },
);
