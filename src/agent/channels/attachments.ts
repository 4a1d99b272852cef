import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { HostError, toError } from '../../core/errors';
import type { Attachment } from '../../core/messages';
import type { Database } from '../../core/ports/database';
import type { MessageFile } from './adapter';
import { contentTypeOf } from '../../core/content-types';

/** Of one file. */
const MOST_BYTES = 20 * 1024 ** 2;
/** Of one row: a commit of many rows is better borne than one of a large one. */
const PART_BYTES = 262_144;
const NAME_CHARACTERS = 255;
/** Type and subtype (RFC 6838 §4.2), and at most one parameter. */
const CONTENT_TYPE = /^[\w.+-]{1,127}\/[\w.+-]{1,127}(?:; ?[\w-]{1,40}=[\w.+-]{1,80})?$/;

/**
 * A file to send, its bytes in memory. A path is taken as below `folder`, and must be there with all its links resolved.
 * @throws channel/bad-attachment
 */
export async function readAttachment(
  chatKey: string,
  given: Attachment | undefined,
  folder: string,
): Promise<MessageFile> {
  const refuse = (why: string) => new HostError('channel/bad-attachment', [chatKey, why]);
  if (typeof given === 'string') {
    const data = await readWithin(given, folder, refuse);
    const filename = path.basename(given);
    return { filename: nameIn(filename, refuse), contentType: contentTypeOf(filename), data };
  }
  if (typeof given !== 'object' || (given as unknown) === null)
    throw refuse('it is neither a path nor { filename, data }');
  const filename = nameIn(given.filename, refuse);
  const contentType: unknown = given.contentType ?? contentTypeOf(filename);
  if (typeof contentType !== 'string' || !CONTENT_TYPE.test(contentType))
    throw refuse('its contentType is none, such as application/pdf');
  const { data }: { readonly data: unknown } = given;
  if (typeof data !== 'string' && !ArrayBuffer.isView(data))
    throw refuse('its data is neither a text nor bytes');
  const bytes =
    typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length > MOST_BYTES) throw refuse(`it is larger than ${MOST_BYTES} bytes`);
  return { filename, contentType, data: bytes };
}

type Refuse = (why: string) => HostError;

async function readWithin(given: string, folder: string, refuse: Refuse): Promise<Buffer> {
  const outside = () => refuse("only files of the plugin's own data folder can be sent by their path");
  try {
    const root = await realpath(folder);
    const file = await realpath(path.resolve(root, given));
    if (!file.startsWith(root + path.sep)) throw outside();
    // Links were resolved: one that is there now was put there since. A pipe is not waited for.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      const { size } = facts;
      if (!facts.isFile()) throw refuse('it is no file');
      if (size > MOST_BYTES) throw refuse(`it is larger than ${MOST_BYTES} bytes`);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    const error = toError(thrown) as Error & { code?: unknown };
    if (error.code === 'channel/bad-attachment') throw error;
    throw refuse(error.code === 'ENOENT' ? 'there is no such file' : 'it cannot be read');
  }
}

function nameIn(given: unknown, refuse: Refuse): string {
  const isName =
    typeof given === 'string' && given !== '' && given.length <= NAME_CHARACTERS && !isUnfit(given);
  if (!isName) throw refuse(`its filename is no name of 1 to ${NAME_CHARACTERS} characters`);
  return given;
}

/** Parts of a path, and what would end a header or a term. */
function isUnfit(name: string): boolean {
  return name === '.' || name === '..' || /[\u0000-\u001f\u007f/\\]/.test(name);
}

/** The bytes of what is attached to messages, by the message's id. */
export class AttachmentStore {
  constructor(private readonly database: Database) {}

  /** @throws inbox/unavailable */
  async put(id: string, data: Buffer): Promise<void> {
    const at = this.database.now();
    const parts = Math.max(1, Math.ceil(data.length / PART_BYTES));
    await this.database.write(
      Array.from({ length: parts }, (_, part) => {
        const bytes = data.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
        return this.database.reader.insertInto('attachment').values({ token: id, part, at, bytes }).compile();
      }),
    );
  }

  /** Undefined when they are no longer there. */
  async get(id: string): Promise<Buffer | undefined> {
    const rows = await this.database.reader
      .selectFrom('attachment')
      .select('bytes')
      .where('token', '=', id)
      .orderBy('part')
      .execute();
    return rows.length === 0 ? undefined : Buffer.concat(rows.map(({ bytes }) => bytes));
  }
}
