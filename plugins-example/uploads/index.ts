import { Plugin, reply, type UploadedFile } from 'gatehouse';

export const plugin = new Plugin({
  author: 'example',
  module: 'uploads',
  name: 'Uploads',
  version: '1.0.0',
  description: 'Takes a report as multipart/form-data: one declared file, one declared field.',
});

plugin.endpoint(
  {
    method: 'POST',
    path: '/reports',
    body: {
      kind: 'multipart',
      files: { report_file: { required: true, maxBytes: 64 * 1024, types: ['text/*'] } },
      fields: { report_name: { required: true } },
    },
  },
  async ({ files, fields }) => {
    // Declared, required and single: the host has answered 400, 413 or 415 to anything else.
    const file = files.report_file as UploadedFile;
    const text = (await file.read()).toString('utf8');
    return reply(201, {
      report: fields.report_name,
      filename: file.filename,
      size: file.size,
      begins: text.slice(0, 40),
    });
  },
);
