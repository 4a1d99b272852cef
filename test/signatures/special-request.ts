import type { LiveSecret } from '../../src/core/ports/secrets';
import type { SignedRequest } from '../../src/core/signed-request';
import type { Values } from '../../src/core/exchange';

export interface RequestParts {
  method?: string;
  target?: string;
  base?: string | undefined;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

/** A request as the host freezes it. */
export function signedRequest(parts: RequestParts = {}): SignedRequest {
  const { method = 'POST', target = '/hook', headers = {}, body = '' } = parts;
  const base = 'base' in parts ? parts.base : 'https://hooks.example.com';
  const wire = Buffer.from(body as string);
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((line) => [name, line]),
  );
  return {
    method,
    rawTarget: target,
    publicUrl: () => (base === undefined ? undefined : base + target),
    rawHeaders,
    wire,
    decoded: () => wire,
    json: () => {
      try {
        return JSON.parse(wire.toString('utf8'));
      } catch {
        return undefined;
      }
    },
    form: () => valuesOf(wire.toString('utf8')),
    query: valuesOf(target.split('?').slice(1).join('?')),
  };
}

function valuesOf(text: string): Values {
  const values: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(text)) {
    const known = values[name];
    values[name] = known === undefined ? value : [known, value].flat();
  }
  return values;
}

export const secret = (value: string, id = 'k1'): LiveSecret => ({ id, value });
export const AT = Date.parse('2026-03-01T12:00:00Z');
