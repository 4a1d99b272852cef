/**
 * Stands between whoever wants a PostgreSQL server and the server: ends it, and removes its data, as soon as its own
 * standard input closes, which the system does even for a process that was killed. Nothing is started before it is asked
 * for. Prints its port; `POST /start` answers the server's URL, `POST /stop` and `POST /kill` end the server alone.
 * Argument: `fsync` to have commits wait for the disk.
 */
import { once } from 'node:events';
import http from 'node:http';
import { PostgresServer } from './postgres-server.mjs';

const postgres = new PostgresServer({ fsync: process.argv[2] === 'fsync' });
const verbs = {
  '/start': () => postgres.start(),
  '/stop': () => postgres.stop(),
  '/kill': () => postgres.kill(),
};
// One at a time: two that ask at once must not start two.
let turn = Promise.resolve();
const inTurn = (work) => (turn = turn.then(work, work));

const server = http.createServer((request, response) => {
  const verb = verbs[request.url];
  if (request.method !== 'POST' || verb === undefined) {
    response.writeHead(404).end();
    return;
  }
  inTurn(verb).then(
    (url) => response.end(url ?? ''),
    (error) => response.writeHead(500).end(String(error.stack)),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(server.address().port);

// Ctrl-C reaches the whole group; whoever reads from us decides when it is over.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.resume();
await once(process.stdin, 'close');
await inTurn(() => postgres.remove());
process.exit(0);
