import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { UploadedFile } from '../core/exchange';

/** A part of a form that was spooled to a file. */
export class SpooledFile implements UploadedFile {
  readonly filename: string;

  constructor(
    /** The name of its form field. */
    readonly field: string,
    clientName: string,
    readonly contentType: string,
    readonly path: string,
    readonly size: number,
  ) {
    this.filename = sanitiseFilename(clientName);
  }

  get content_type(): string {
    return this.contentType;
  }
  read(): Promise<Buffer> {
    return readFile(this.path);
  }
  stream(): Readable {
    return createReadStream(this.path);
  }
}

const LONGEST_NAME_BYTES = 255;

/** A client's file name that may be joined to a folder: no directory, no control characters, never empty. */
export function sanitiseFilename(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  let clean = last.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '').trim();
  while (Buffer.byteLength(clean) > LONGEST_NAME_BYTES) clean = clean.slice(0, -1);
  return clean === '' || clean === '.' || clean === '..' ? 'file' : clean;
}
