import type { Readable } from 'node:stream';
import { isEventsBody, type EventsBody } from './events-body';
import { isFileBody, type FileBody } from './file-body';
import { isReadable } from './reply';

/** True for a body that is sent as it comes: it is no bytes yet, and JSON cannot say it. */
export function isStreamed(body: unknown): body is Readable | FileBody | EventsBody {
  return isReadable(body) || isFileBody(body) || isEventsBody(body);
}
