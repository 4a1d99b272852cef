import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError, Plugin, reply } from 'gatehouse';

interface Job {
  state: 'running' | 'done' | 'stopped';
  page: number;
  readonly pages: number;
}

export const plugin = new Plugin({
  author: 'example',
  module: 'long_job',
  name: 'Long job',
  version: '1.0.0',
  description: 'Answers 202 at once and works on in the background.',
});

const jobs = new Map<string, Job>();
const news = new EventEmitter().setMaxListeners(0); // as many as wait

plugin.endpoint({ method: 'POST', path: '/jobs' }, (exchange) => {
  const pages = exchange.json<{ pages?: unknown } | undefined>()?.pages;
  if (!Number.isInteger(pages) || Number(pages) < 1)
    throw new HttpError(400, '"pages" is a positive integer.');
  const job: Job = { state: 'running', page: 0, pages: Number(pages) };
  const id = exchange.background((signal) => render(job, signal));
  jobs.set(id, job);
  return reply(202, { id, ...job }, { location: `${exchange.baseUrl}/jobs/${id}` });
});

plugin.get('/jobs/:id', async ({ params, query, signal }) => {
  const job = jobs.get(params.id);
  if (job === undefined) throw new HttpError(404, `There is no job ${params.id}.`);
  // The exchange's signal aborts when the caller leaves or the time is up: nobody waits for nobody.
  while ('wait' in query && job.state === 'running') await once(news, 'ended', { signal });
  return { id: params.id, ...job };
});

/** Works page by page until done, or until the signal says that this version of the plugin is going away. */
async function render(job: Job, signal: AbortSignal): Promise<void> {
  try {
    for (; job.page < job.pages; job.page += 1) await sleep(10, undefined, { signal });
    job.state = 'done';
  } catch (error) {
    if (!signal.aborted) throw error;
    job.state = 'stopped';
    plugin.logger.warn(`a job was stopped at page ${job.page} of ${job.pages}`);
  } finally {
    news.emit('ended');
  }
}
