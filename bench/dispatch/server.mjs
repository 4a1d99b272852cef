// One server of the dispatch benchmark, alone in its process. argv: variant, number of plugins.
// Speaks to its parent by IPC: { ready: port }, then answers each 'usage' with its CPU time and clock.
import { createRequire } from 'node:module';
import http from 'node:http';

const require = createRequire(import.meta.url);
const [variant = 'raw', count = '1'] = process.argv.slice(2);
const plugins = Number(count);
const item = (id) => ({ id, name: 'an item', price: 12.5, tags: ['a'] });

function readJson(request, done) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => done(JSON.parse(Buffer.concat(parts).toString('utf8'))));
}

function raw() {
  const send = (response, value) => {
    const text = JSON.stringify(value);
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', Buffer.byteLength(text));
    response.end(text);
  };
  return http.createServer((request, response) => {
    if (request.method === 'POST') readJson(request, (body) => send(response, { items: body.items.length }));
    else send(response, item(request.url.slice(request.url.lastIndexOf('/') + 1)));
  });
}

async function fastify() {
  const app = require('fastify')();
  app.get('/api/plugin/bench.p0/items/:id', (request) => item(request.params.id));
  app.post('/api/plugin/bench.p0/echo', (request) => ({ items: request.body.items.length }));
  await app.ready();
  return app.server;
}

/** Fastify with what the typed plugin asks for, in JSON Schema: unknown names are left out, texts converted. */
async function checked() {
  const app = require('fastify')();
  const { params, query, body, counted, found } = require('./json-schemas.json');
  const prefix = '/api/plugin/bench.p0';
  const get = { schema: { params, querystring: query, response: { 200: found } } };
  const post = { schema: { body, response: { 200: counted } } };
  app.get(`${prefix}/items/:id`, get, ({ params: { id }, query: { limit } }) => foundAt(id, limit));
  app.post(`${prefix}/echo`, post, (request) => ({ items: request.body.items.length }));
  await app.ready();
  return app.server;
}

const foundAt = (id, limit) => ({ ...item(String(id)), id, limit });

function declareTyped(plugin) {
  const { z } = require('zod');
  const order = z.object({ sku: z.string(), quantity: z.int().optional(), note: z.string().optional() });
  const found = z.object({
    id: z.int(),
    name: z.string(),
    price: z.number(),
    tags: z.array(z.string()),
    limit: z.int(),
  });
  const query = z.object({ limit: z.int().min(1).max(100).default(10), verbose: z.boolean().optional() });
  const params = z.object({ id: z.int() });
  plugin.get('/items/:id', { params, query, response: found }, ({ params: { id }, query: { limit } }) =>
    foundAt(id, limit),
  );
  const [body, response] = [z.object({ items: z.array(order) }), z.object({ items: z.int() })];
  plugin.post('/echo', { body, response }, (exchange) => ({ items: exchange.body.items.length }));
}

function routerOf(express) {
  const router = express.Router();
  router.post('/echo', express.json(), (request, response) =>
    response.json({ items: request.body.items.length }),
  );
  router.get('/items/:id', (request, response) => response.json(item(request.params.id)));
  return router;
}

function plainExpress() {
  const express = require('express');
  const app = express();
  app.disable('x-powered-by');
  app.use('/api/plugin/bench.p0', routerOf(express));
  return http.createServer(app);
}

async function gatehouse(kind) {
  const { gatewayOf } = await import('./gatehouse.mjs');
  const [accessLog, measuring] = [kind === 'logged' || kind === 'observed', kind === 'observed'];
  return gatewayOf({ plugins, declare: dialects[kind] ?? declarePlain, accessLog, measuring });
}

function declarePlain(plugin) {
  plugin.get('/items/:id', ({ params }) => item(params.id));
  plugin.post('/echo', (exchange) => ({ items: exchange.json().items.length }));
  plugin.get('/status', () => ({ ok: true }));
  plugin.delete('/items/:id', () => undefined);
}

const dialects = {
  router: (plugin) => plugin.mountRouter(() => routerOf(require('express'))),
  typed: declareTyped,
};

const servers = {
  raw,
  fastify,
  express: plainExpress,
  declared: () => gatehouse('declared'),
  logged: () => gatehouse('logged'),
  observed: () => gatehouse('observed'),
  router: () => gatehouse('router'),
  typed: () => gatehouse('typed'),
  checked,
};
const server = await servers[variant]();
server.listen(0, '127.0.0.1', () => process.send({ ready: server.address().port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpuMicros: user + system, atMicros: Number(process.hrtime.bigint() / 1000n) });
});
process.on('disconnect', () => process.exit(0));
