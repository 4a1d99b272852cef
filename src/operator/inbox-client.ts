import type { BulkVerb, InboxDesk } from '../core/ports/inbox-desk';
import { JOB_VERBS, toQuery } from './inbox-query';
import { JsonLines } from './job-lines';
import { listIn, type OperatorConnection } from './operator-connection';

/** The desk of a host in another process: every verb as one request. */
export function connectDesk({ where, read }: OperatorConnection): InboxDesk {
  const get = async <T>(verb: string) => (await read('GET', `inbox/${verb}`)) as T;
  const post = async <T>(verb: string, body: unknown) => (await read('POST', `inbox/${verb}`, body)) as T;
  const list = async <T>(name: string) => listIn<T>(await read('GET', `inbox/${name}`), name, where);
  const ofVerb = (verb: BulkVerb) =>
    `${JOB_VERBS.some((name) => name === verb) ? 'jobs' : 'receipts'}/${verb}`;
  return {
    receipts: (filter, page) => get(`receipts${toQuery(filter, page)}`),
    jobs: (filter, page) => get(`jobs${toQuery(filter, page)}`),
    attempts: (filter, page) => get(`attempts${toQuery(filter, page)}`),
    receipt: (id) => get(`receipts/${encodeURIComponent(id)}`),
    job: (id) => get(`jobs/${encodeURIComponent(id)}`),
    counts: () => list('counts'),
    nodes: () => list('nodes'),
    pauses: () => list('pauses'),
    pause: async (target, reason) =>
      (await post<{ changed: boolean }>('pause', { ...target, reason })).changed,
    resume: async (target) => (await post<{ changed: boolean }>('resume', target)).changed,
    signal: async (job, name, value) =>
      (await post<{ changed: boolean }>(`jobs/${encodeURIComponent(job)}/signal`, { name, value })).changed,
    count: async (verb, selection) =>
      (await post<{ count: number }>(ofVerb(verb), { ...selection, dryRun: true })).count,
    change: (verb, selection, after) => post(ofVerb(verb), { ...selection, after }),
    export: (filter, after) => get(`export${toQuery(filter, { after })}`),
    import: (jobs) => post('import', new JsonLines(jobs)),
  };
}
