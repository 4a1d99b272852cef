import express, { Router } from 'express';
import { HttpError, Plugin } from 'gatehouse';

interface Task {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
}

export const plugin = new Plugin({
  author: 'example',
  module: 'tasks',
  name: 'Tasks',
  version: '1.0.0',
  description: 'A to-do list: create, read, update, delete, count.',
});

plugin.mountRouter(() => {
  const tasks = new Map<string, Task>();
  let lastId = 0;
  const router = Router();
  router.use(express.json());

  router.get('/tasks', (_req, res) => void res.json([...tasks.values()]));
  router.post('/tasks', (req, res) => {
    const task = { id: (lastId += 1), title: titleIn(req.body), done: false };
    tasks.set(String(task.id), task);
    res.status(201).location(`${req.baseUrl}/tasks/${task.id}`).json(task);
  });
  router.get('/tasks/:id', (req, res) => void res.json(find(tasks, req.params.id)));
  router.put('/tasks/:id', (req, res) => {
    const task = { ...find(tasks, req.params.id), title: titleIn(req.body), done: req.body.done === true };
    tasks.set(String(task.id), task);
    res.json(task);
  });
  router.delete('/tasks/:id', (req, res) => {
    tasks.delete(String(find(tasks, req.params.id).id));
    res.status(204).end();
  });
  router.get('/statistics', (_req, res) => {
    const done = [...tasks.values()].filter((task) => task.done).length;
    res.json({ total: tasks.size, done, open: tasks.size - done });
  });
  return router;
});

function find(tasks: ReadonlyMap<string, Task>, id: string): Task {
  const task = tasks.get(id);
  if (task === undefined) throw new HttpError(404, `There is no task ${id}.`);
  return task;
}

function titleIn(body: { title?: unknown } | undefined): string {
  const title = typeof body?.title === 'string' ? body.title.trim() : '';
  if (title === '' || title.length > 200)
    throw new HttpError(400, '"title" is a text of 1 to 200 characters.');
  return title;
}
