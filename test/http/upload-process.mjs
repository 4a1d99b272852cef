// A gateway in a process of its own that takes uploads in each way there is. Told over IPC: a port; asked `memory`, it
// answers its resident bytes now and at their highest, and the microseconds of processor it used.
// Argument: the folder of the host's compiled sources.
import { createWriteStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const require = createRequire(import.meta.url);
const [, , folder, target] = process.argv;
const part = (name) => require(join(folder, name));
const { createGateway } = part('http/gateway.js');
const { createHostApp } = part('http/host-app.js');
const { MountTable } = part('core/mount-table.js');
const { buildMount } = part('core/mount.js');
const { LiveMount } = part('core/live-mount.js');
const { Scope } = part('core/scope.js');
const { STANDARD_RETRY } = part('core/retry.js');
const winston = require('winston');

const MiB = 2 ** 20;
const settings = {
  host: '127.0.0.1',
  trustProxy: false,
  limits: {
    bodyBytes: 25 * MiB,
    storedBodyBytes: 100 * MiB,
    jsonBytes: 5 * MiB,
    jsonValues: 250_000,
    fileBytes: 128 * MiB,
    files: 20,
    urlBytes: 8192,
    messageBytes: MiB,
  },
  timeouts: {
    handlerMs: 60_000,
    drainMs: 1_000,
    stopMs: 1_000,
    startMs: 5_000,
    headersMs: 10_000,
    requestMs: 120_000,
  },
};

const endpoint = (path, kind, handle) => ({
  kind: 'endpoint',
  origin: { dialect: 'test', where: path },
  method: 'POST',
  path,
  reach: 'exact',
  access: 'public',
  body: { kind, onProgress: () => undefined },
  answer: 'handler',
  retry: STANDARD_RETRY,
  aliases: [],
  serve: { handle },
});
const endpoints = [
  endpoint('/spooled', 'multipart', ({ files }) => files.f.size),
  endpoint('/disk', 'parts', async ({ parts }) => {
    for await (const { stream, filename } of parts())
      await pipeline(stream, createWriteStream(join(target, filename)));
    return 'kept';
  }),
  endpoint('/counted', 'parts', async ({ parts }) => {
    let size = 0;
    for await (const { stream } of parts()) for await (const chunk of stream) size += chunk.length;
    return size;
  }),
];

const logger = winston.createLogger({ silent: true });
const table = new MountTable();
const info = { author: 'acme', module: 'demo', name: 'demo', version: '1.0.0', description: '' };
const mount = buildMount('acme.demo', info, endpoints);
table.swap('acme.demo', new LiveMount(mount, 1, new Scope(), logger, (stack) => stack));
const app = createHostApp(settings, () => true);
const gateway = createGateway({
  table,
  logger,
  app,
  settings,
  operatorAuth: { allows: () => false, identify: () => undefined },
});
const port = await gateway.listen(0, '127.0.0.1');

const highest = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
const cpuUs = () => process.cpuUsage().user + process.cpuUsage().system;
process.on('message', () =>
  process.send({ now: process.memoryUsage.rss(), highest: highest(), cpuUs: cpuUs() }),
);
process.on('disconnect', () => process.exit());
process.send({ port });
