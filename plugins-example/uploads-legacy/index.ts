import { Plugin, type UploadedFile } from 'gatehouse';
import { HTTPException, message } from 'gatehouse/compat';

export const plugin = new Plugin({
  author: 'example',
  module: 'uploads_legacy',
  name: 'Uploads, the old way',
  version: '1.0.0',
  description: 'Takes a report and tells a chat about it, as the deprecated webhook documentation shows.',
});

plugin.mountWebhookMethod(
  {
    endpoint: '/upload_report',
    name: 'Upload Report',
    files: { report_file: { required: true } },
    fields: { report_name: { required: true }, target_chat: { required: true } },
  },
  async (_request, form) => {
    const report_file = form.report_file as UploadedFile;
    const { report_name, target_chat } = form as Record<string, string>;
    if (!report_file.content_type.startsWith('text/'))
      throw new HTTPException(400, 'Only text file uploads are supported.');

    const contents = await report_file.read();
    const report_text = contents.toString('utf8');
    await message.send_text(
      target_chat ?? '',
      `Received new report '${report_name}' (${report_file.filename}). Content summary:\n${report_text.slice(0, 200)}...`,
    );
    return { status: 'success', filename: report_file.filename, size: contents.length };
  },
);
