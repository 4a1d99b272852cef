import type { BodyPolicy, Endpoint } from '../../src/core/declaration';
import type { Exchange, UploadPart } from '../../src/core/exchange';
import { endpoint, startGateway, type Answer, type GatewayUnderTest } from './gateway-under-test';

export const D = '/api/plugin/acme.demo';
const BOUNDARY = 'B';
export const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

export type Piece = readonly [name: string, value: string | Buffer, filename?: string, type?: string];

/** A form as its bytes. */
export const formOf = (...pieces: Piece[]): Buffer =>
  Buffer.concat([
    ...pieces.flatMap(([name, value, filename, type]) => [
      Buffer.from(
        `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${type === undefined ? '' : `content-type: ${type}\r\n`}\r\n`,
      ),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);

/** Small limits, so that forms may be small. */
export const startForForms = (): Promise<GatewayUnderTest> =>
  startGateway({ settings: { limits: { fileBytes: 200_000, files: 5, jsonBytes: 2_000 } } });

export const serveParts = (
  host: GatewayUnderTest,
  handle: (exchange: Exchange) => unknown,
  body: Omit<BodyPolicy, 'kind'> = {},
  more: Partial<Endpoint> = {},
) => host.seat('acme.demo', endpoint('POST', '/', handle, { body: { kind: 'parts', ...body }, ...more }));

export const postForm = (
  host: GatewayUnderTest,
  body: Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  host.call(D, { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': TYPE, ...headers } });

export const sizeOf = async (part: UploadPart): Promise<number> => {
  let size = 0;
  for await (const chunk of part.stream) size += (chunk as Buffer).length;
  return size;
};

/** A handler that answers all it was given. */
export const collect = async ({ parts }: Exchange) => {
  const seen: unknown[] = [];
  for await (const part of parts())
    seen.push([part.name, part.filename, part.contentType, await part.text()]);
  return seen;
};
