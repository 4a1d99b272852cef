/** A chat as the host lists it. */
export interface Channel {
  readonly chatKey: string;
  readonly isReady: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly hasCredential: boolean;
  readonly rate?: { readonly requests: number; readonly perMs: number };
  readonly agent: boolean;
  readonly messages: { readonly all: number; readonly queued: number; readonly failed: number };
  readonly lastAt?: number;
}

/** What an adapter wants to be told. */
export interface Adapter {
  readonly name: string;
  readonly credential?: string;
  readonly options: readonly {
    readonly name: string;
    readonly description: string;
    readonly required: boolean;
  }[];
}

/** A message and what became of it. */
export interface Entry {
  readonly id: string;
  readonly from: string;
  readonly direction: 'in' | 'out';
  readonly kind: 'text' | 'system' | 'file' | 'image';
  readonly text: string;
  readonly attachment?: { readonly filename: string; readonly contentType: string; readonly bytes: number };
  readonly at: number;
  readonly state: 'queued' | 'sent' | 'failed' | 'received';
  readonly error?: string;
  readonly job?: string;
}
