import { HttpError, Plugin, reply, z } from 'gatehouse';

export const plugin = new Plugin({
  author: 'example',
  module: 'tasks',
  name: 'Tasks',
  version: '2.0.0',
  description: 'A to-do list: create, read, update, delete, count.',
});

const Task = z.object({ id: z.int(), title: z.string(), done: z.boolean() }).meta({ id: 'Task' });
type Task = z.infer<typeof Task>;
const title = z.string().trim().min(1).max(200);
const params = z.object({ id: z.int().min(1) });
const errors = { 404: { description: 'There is no such task.' } };

class NoSuchTask extends Error {}
plugin.onError(NoSuchTask, (error) => new HttpError(404, error.message));

const tasks = new Map<number, Task>();
let lastId = 0;

function find(id: number): Task {
  const task = tasks.get(id);
  if (task === undefined) throw new NoSuchTask(`There is no task ${id}.`);
  return task;
}

plugin.get(
  '/tasks',
  {
    summary: 'All tasks, or those that are done or open',
    query: z.object({ done: z.boolean().optional(), limit: z.int().min(1).max(100).default(100) }),
    response: z.array(Task),
  },
  ({ query: { done, limit } }) =>
    [...tasks.values()].filter((task) => done === undefined || task.done === done).slice(0, limit),
);

plugin.post(
  '/tasks',
  { summary: 'Add a task', body: z.object({ title }), response: Task, status: 201 },
  ({ body, baseUrl }) => {
    const task = { id: (lastId += 1), title: body.title, done: false };
    tasks.set(task.id, task);
    return reply(201, task, { Location: `${baseUrl}/tasks/${task.id}` });
  },
);

plugin.get('/tasks/:id', { params, response: Task, errors }, ({ params: { id } }) => find(id));

plugin.put(
  '/tasks/:id',
  { params, body: z.object({ title, done: z.boolean().default(false) }), response: Task, errors },
  ({ params: { id }, body }) => {
    const task = { ...find(id), ...body };
    tasks.set(id, task);
    return task;
  },
);

plugin.delete('/tasks/:id', { params, status: 204, errors }, ({ params: { id } }) => {
  tasks.delete(find(id).id);
});

plugin.get('/statistics', { response: z.object({ total: z.int(), done: z.int(), open: z.int() }) }, () => {
  const done = [...tasks.values()].filter((task) => task.done).length;
  return { total: tasks.size, done, open: tasks.size - done };
});
