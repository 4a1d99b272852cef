import { useQuery } from '@tanstack/react-query';
import { ask } from '../../api';
import type { ShownPlugin } from './plugin-facts';

/** What the sender has to set so that one mode of an endpoint's access lets it in. */
export interface SenderHint {
  /** Undefined where it is no header. */
  readonly header?: string;
  readonly text: string;
}

interface Scheme {
  readonly in?: string;
  readonly name?: string;
  readonly description?: string;
}
interface ApiDocument {
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, Scheme>> };
}

/** Of each endpoint's access, in words. The headers of known senders stand in the plugin's own API description. */
export function useSenderHints(plugin: ShownPlugin): (access: string) => readonly SenderHint[] {
  const path = `/plugins/${plugin.key ?? ''}/openapi.json`;
  const { data } = useQuery({
    queryKey: ['document', path],
    queryFn: () => ask<ApiDocument>('GET', path),
    // A host may keep its descriptions to itself: then there is no header to tell.
    retry: false,
    enabled: plugin.key !== undefined && plugin.state === 'live',
    meta: { topics: ['plugins'] },
  });
  const schemes = data?.components?.securitySchemes ?? {};
  return (access) => access.split(' and ').flatMap((mode) => hintOf(mode, schemes) ?? []);
}

function hintOf(mode: string, schemes: Readonly<Record<string, Scheme>>): SenderHint | undefined {
  const header = between(mode, 'token in header ');
  if (header !== undefined) return { header, text: 'The secret itself.' };
  const name = between(mode, 'token in ?')?.replace(/=$/, '');
  if (name !== undefined) return { text: `The secret itself, in the query: ?${name}=` };
  const sender = between(mode, 'signature ');
  if (sender !== undefined) return signatureHint(sender, schemes);
  const addresses = between(mode, 'addresses ');
  if (addresses !== undefined) return { text: `Only from ${addresses}.` };
  return PLAIN[mode];
}

const PLAIN: Readonly<Record<string, SenderHint>> = {
  'signed URL': { text: 'Nothing: the token is part of the URL.' },
  'basic authentication': { header: 'Authorization', text: 'Basic, with the secret as user:password.' },
  'message signature': {
    header: 'Signature',
    text: 'An HTTP message signature, with Signature-Input beside it.',
  },
  operator: { header: 'Authorization', text: 'Bearer, with the operator’s token.' },
};

function signatureHint(sender: string, schemes: Readonly<Record<string, Scheme>>): SenderHint {
  const scheme = schemes[`signature_${sender.replace(/[^A-Za-z0-9._-]/g, '_')}`];
  const text =
    scheme?.description ?? `Signed as ${sender} does; its sender sets the header once it has the secret.`;
  return scheme?.in === 'header' && scheme.name !== undefined ? { header: scheme.name, text } : { text };
}

function between(text: string, start: string): string | undefined {
  return text.startsWith(start) ? text.slice(start.length) : undefined;
}
