// The examples of the old webhook documentation, ported line by line: old names, old order, old spelling.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Plugin } from 'gatehouse';
import { context, core, HTTPException, message } from 'gatehouse/compat';

export const plugin = new Plugin({
  author: 'dev',
  module: 'documented',
  name: 'Documented',
  version: '1.0.0',
  description: 'The documented examples',
});

plugin.mount_webhook_method(
  {
    endpoint: '/github',
    name: 'GitHub Webhook Handler',
    description: 'Receive and handle Webhook events from GitHub.',
  },
  async function handle_github_webhook(request) {
    core.logger.info(`Plugin '${plugin.info.name}' received GitHub Webhook request.`);

    const github_signature = request.headers.get('X-Hub-Signature-256');
    if (!github_signature) {
      core.logger.warning('Webhook request missing X-Hub-Signature-256 header.');
      throw new HTTPException({ status_code: 400, detail: 'Missing signature' });
    }

    const webhook_secret = plugin.config.GITHUB_WEBHOOK_SECRET;
    if (!webhook_secret) {
      core.logger.error('GitHub Webhook secret not set in plugin configuration!');
      throw new HTTPException({ status_code: 500, detail: 'Webhook secret not configured' });
    }

    const request_body = await request.body();
    if (!verify_github_signature(request_body, webhook_secret, github_signature)) {
      core.logger.warning('Webhook signature verification failed!');
      throw new HTTPException({ status_code: 403, detail: 'Invalid signature' });
    }

    let payload: any;
    try {
      payload = await request.json();
    } catch {
      core.logger.warning('Webhook request body is not valid JSON.');
      throw new HTTPException({ status_code: 400, detail: 'Invalid JSON payload' });
    }

    const event_type = request.headers.get('X-GitHub-Event');
    core.logger.info(`Verified GitHub event: ${event_type}`);

    if (event_type === 'push') {
      const repo_name = payload.repository?.full_name ?? 'Unknown repository';
      const pusher_name = payload.pusher?.name ?? 'Unknown pusher';
      const commits = payload.commits ?? [];
      const commit_count = commits.length;

      let notification_message =
        `📦 Code push event\n` +
        `Repository: ${repo_name}\n` +
        `Pusher: ${pusher_name}\n` +
        `Commits: ${commit_count}\n`;
      if (commits.length > 0) {
        const latest_commit_message = commits[0].message ?? 'No commit message';
        notification_message += `Latest commit: ${latest_commit_message.split('\n')[0]}`;
      }

      const target_chat_key = plugin.config.NOTIFICATION_CHAT_KEY;
      if (target_chat_key) {
        const _ctx = await context.create_temp_ctx(target_chat_key);
        await message.send_text(target_chat_key, notification_message, _ctx);
        core.logger.info(`GitHub push notification sent to ${target_chat_key}.`);
      } else {
        core.logger.warning(
          'Target session for GitHub notifications (NOTIFICATION_CHAT_KEY) not configured.',
        );
      }
    } else if (event_type === 'issues') {
      // Handle issues events...
    }

    return { status: 'success', message: `Event '${event_type}' received and acknowledged.` };
  },
);

function verify_github_signature(payload_body: Buffer, secret: string, signature_header: string): boolean {
  if (!signature_header.startsWith('sha256=')) return false;
  const expected_signature = Buffer.from(signature_header.slice(7));

  const hashed_payload = Buffer.from(createHmac('sha256', secret).update(payload_body).digest('hex'));
  return (
    hashed_payload.length === expected_signature.length && timingSafeEqual(hashed_payload, expected_signature)
  );
}

plugin.mount_webhook_method({ endpoint: '/resource', name: 'Resource Handler' }, async (request) => {
  if (request.method === 'GET') {
    return { status: 'available', data: await get_resource_data() };
  } else if (request.method === 'POST') {
    const payload = await request.json();
    const resource_id = await create_resource(payload);
    return [{ status: 'created', id: resource_id }, 201];
  } else if (request.method === 'DELETE') {
    return { status: 'deleted' };
  } else {
    throw new HTTPException({ status_code: 405, detail: 'Method Not Allowed' });
  }
});

const resources: unknown[] = [];
const get_resource_data = async () => resources;
const create_resource = async (payload: unknown) => resources.push(payload);

async function notify_chat(chat_key: string, notification_text: string) {
  if (!chat_key) {
    core.logger.warning('Unable to send Webhook notification: target chat_key is empty.');
    return;
  }

  try {
    const _ctx = await context.create_temp_ctx(chat_key);

    await message.send_text(chat_key, notification_text, _ctx);
    core.logger.info(`Webhook notification sent to ${chat_key}.`);
  } catch (e) {
    core.logger.error(`Failed to send notification to ${chat_key} via Webhook: ${e}`);
  }
}

plugin.mount_webhook_method(
  {
    endpoint: '/upload_report',
    name: 'Upload Report',
    files: { report_file: { required: true } },
    fields: { report_name: { required: true }, target_chat: { required: true } },
  },
  async function handle_report_upload(_request, { report_file, report_name, target_chat }) {
    core.logger.info(
      `Received file upload: ${report_file.filename} (type: ${report_file.content_type}), report name: ${report_name}`,
    );

    if (!report_file.content_type.startsWith('text/')) {
      throw new HTTPException({ status_code: 400, detail: 'Only text file uploads are supported.' });
    }

    const contents = await report_file.read();
    const report_text = contents.toString('utf-8');

    await notify_chat(
      target_chat,
      `Received new report '${report_name}' (${report_file.filename}). Content summary:\n${report_text.slice(0, 200)}...`,
    );

    return { status: 'success', filename: report_file.filename, size: contents.length };
  },
);

async function long_running_process(data: { task_id?: string }, chat_to_notify: string) {
  core.logger.info(`Starting time-consuming task: ${data.task_id}`);
  await sleep(10);
  const result_message = `Task ${data.task_id} processing completed. Result is: XXXX`;
  await notify_chat(chat_to_notify, result_message);
  core.logger.info(`Time-consuming task ${data.task_id} completed and notified.`);
}

plugin.mount_webhook_method({ endpoint: '/start_job', name: 'Start Long Job' }, async (request) => {
  const payload = await request.json<{ task_id?: string; notify_chat_key?: string }>();
  const task_id = payload.task_id ?? 'unknown_task';
  const chat_key = payload.notify_chat_key;

  if (!chat_key) {
    return [{ status: 'error', message: 'notify_chat_key not provided' }, 400];
  }

  request.background(() => long_running_process({ ...payload, task_id }, chat_key));

  core.logger.info(`Created background handler for task ${task_id}.`);
  return [
    { status: 'accepted', task_id: task_id, message: 'Job received and being processed in background.' },
    202,
  ];
});
