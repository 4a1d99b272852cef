import { HostError } from '../core/errors';
import type { ExportedJob, ExportedReceipt } from '../core/ports/inbox-desk';
import { parsePublicId } from './public-id';

type Given = Readonly<Record<string, unknown>>;

/** One entry of an export, checked field by field: it comes from a file. @throws inbox/bad-request */
export function readExported(given: unknown, index: number): ExportedJob {
  const refuse = (why: string): never => {
    throw new HostError('inbox/bad-request', [`entry ${index + 1} of the import ${why}`]);
  };
  const object = asObject(given) ?? refuse('is not an object');
  const read = readerOf(object, refuse);
  if (object['format'] !== 'gatehouse-job-1') refuse('is not of format gatehouse-job-1');
  const kind = read.text('kind');
  if (kind !== 'task' && kind !== 'endpoint') return refuse('is of no kind there is');
  const receipt = object['receipt'];
  return {
    format: 'gatehouse-job-1',
    id: read.id(),
    plugin: read.text('plugin'),
    name: read.text('name'),
    kind,
    runAt: read.whole('runAt', 0, Number.MAX_SAFE_INTEGER),
    priority: read.whole('priority', -100, 100),
    lane: read.optional('lane'),
    payload: read.json('payload'),
    receipt:
      receipt === undefined ? undefined : readReceipt(asObject(receipt) ?? refuse('has no receipt'), refuse),
  };
}

function readReceipt(object: Given, refuse: (why: string) => never): ExportedReceipt {
  const read = readerOf(object, refuse);
  return {
    id: read.id(),
    plugin: read.text('plugin'),
    name: read.text('name'),
    receivedAt: read.whole('receivedAt', 0, Number.MAX_SAFE_INTEGER),
    method: read.text('method'),
    target: read.text('target'),
    meta: metaOf(read.json('meta'), refuse),
    body: read.optional('body') ?? '',
    ip: read.text('ip'),
    scheme: read.optional('scheme'),
    deliveryId: read.optional('deliveryId'),
    event: read.optional('event'),
  };
}

/** What the handler's request is made of again must be there. */
function metaOf(text: string | undefined, refuse: (why: string) => never): string {
  const meta = asObject(text === undefined ? undefined : (JSON.parse(text) as unknown));
  const { headers, params } = meta ?? {};
  const isWhole =
    ['baseUrl', 'path', 'requestId'].every((name) => typeof meta?.[name] === 'string') &&
    asObject(params) !== undefined &&
    Array.isArray(headers) &&
    headers.every((text) => typeof text === 'string');
  return text !== undefined && isWhole ? text : refuse('has a receipt without its request');
}

function readerOf(object: Given, refuse: (why: string) => never) {
  const text = (name: string): string => {
    const value = object[name];
    return typeof value === 'string' && value !== '' ? value : refuse(`has no ${name}`);
  };
  const optional = (name: string): string | undefined => {
    const value = object[name];
    return value === undefined || typeof value === 'string' ? value : refuse(`has a ${name} that is no text`);
  };
  return {
    text,
    optional,
    id: (): string => {
      const id = text('id');
      return parsePublicId(id) === undefined ? refuse('has no id') : id;
    },
    whole: (name: string, least: number, most: number): number => {
      const value = object[name];
      const fits = Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
      return fits ? Number(value) : refuse(`has no ${name} from ${least} to ${most}`);
    },
    json: (name: string): string | undefined => {
      const value = optional(name);
      if (value === undefined) return undefined;
      try {
        JSON.parse(value);
        return value;
      } catch {
        return refuse(`has a ${name} that is no JSON`);
      }
    },
  };
}

function asObject(value: unknown): Given | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Given) : undefined;
}
