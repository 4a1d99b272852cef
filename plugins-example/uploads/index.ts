import { createHash } from 'node:crypto';
import { Plugin, sse, z } from 'gatehouse';
import { Progress } from './progress';

export const plugin = new Plugin({
  author: 'example',
  module: 'uploads',
  name: 'Uploads',
  version: '2.0.0',
  description:
    'Takes files: declared ones on disk, or of any size as they come; their progress can be watched.',
});

const progress = new Progress();

plugin.post(
  '/reports',
  {
    summary: 'One report: a text file and its name',
    query: z.object({ upload: z.uuid().optional() }),
    files: { report_file: { required: true, maxBytes: 64 * 1024, types: ['text/*'] } },
    fields: z.object({ report_name: z.string().min(1), pages: z.int().optional() }),
    status: 201,
    onProgress: (now, { query }) => progress.note(query.upload, now),
  },
  // Declared, required and single: the host has answered 400, 413, 415 or 422 to anything else.
  async ({ files: { report_file: report }, fields }) => ({
    report: fields.report_name,
    pages: fields.pages,
    filename: report.filename,
    size: report.size,
    begins: (await report.read()).toString('utf8').slice(0, 40),
  }),
);

plugin.post(
  '/digests',
  { summary: 'The digest of each file, made while it comes: nothing is kept', body: { kind: 'parts' } },
  async ({ parts }) => {
    const digests: Record<string, string> = {};
    for await (const part of parts()) {
      const digest = createHash('sha256');
      for await (const chunk of part.stream) digest.update(chunk as Buffer);
      digests[part.filename ?? part.name] = digest.digest('hex');
    }
    return digests;
  },
);

plugin.get('/uploads/:id/progress', { params: z.object({ id: z.uuid() }) }, ({ params }) =>
  sse(({ signal }) => progress.of(params.id, signal)),
);
