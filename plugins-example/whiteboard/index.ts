import path from 'node:path';
import express, { Router } from 'express';
import { HttpError, Plugin } from 'gatehouse';
import { Board, parseStroke } from './board';

export const plugin = new Plugin({
  author: 'example',
  module: 'whiteboard',
  name: 'Whiteboard',
  version: '1.0.0',
  description: 'A page to draw on together: HTML, server-sent events and shared state.',
});

const board = new Board();

plugin.mountRouter(() => {
  const router = Router();
  router.get('/', (_req, res) => res.sendFile(path.join(__dirname, 'page.html')));
  router.get('/events', (_req, res) => board.join(res));
  router.get('/status', (_req, res) => void res.json(board.status));
  router.post('/clear', (_req, res) => {
    board.clear();
    res.json(board.status);
  });
  router.post('/strokes', express.json(), (req, res) => {
    const stroke = parseStroke(req.body);
    if (stroke === undefined)
      throw new HttpError(400, 'A stroke is { color: "#rrggbb", width: 1–50, points: [[x, y], …] }.');
    board.draw(stroke);
    res.status(201).json(board.status);
  });
  return router;
});
