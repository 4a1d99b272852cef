import { Router } from 'express';
import { Plugin } from 'gatehouse';

const info = { author: 'example', module: 'hello', name: 'Hello', version: '1.0.0', description: 'Hi.' };
export const plugin = new Plugin(info);

plugin.mountRouter(() => {
  const router = Router();
  router.get('/', (_req, res) => void res.json({ hello: 'world' }));
  router.get('/:name', (req, res) => void res.json({ hello: req.params.name, from: req.baseUrl }));
  return router;
});
