/** What is used here of the parser that multer uses too; it has no types of its own. */
declare module 'busboy' {
  import type { IncomingHttpHeaders } from 'node:http';
  import type { Readable, Writable } from 'node:stream';

  interface PartInfo {
    readonly filename?: string;
    readonly mimeType: string;
    /** Of a field: its value is cut at the limit. */
    readonly valueTruncated?: boolean;
  }
  interface Busboy extends Writable {
    on(event: 'file', listener: (name: string | undefined, file: Readable, info: PartInfo) => void): this;
    on(event: 'field', listener: (name: string | undefined, value: string, info: PartInfo) => void): this;
    on(event: string, listener: (...args: never[]) => void): this;
  }
  interface Options {
    readonly headers: IncomingHttpHeaders;
    readonly defParamCharset: 'utf8';
    readonly limits: { readonly fieldSize: number; readonly headerPairs: number };
  }
  /** @throws Error when the headers name no form, or no boundary */
  export default function busboy(options: Options): Busboy;
}
