import type { EndpointAccess } from './access';
import type { Answer, Rate } from './declaration';
import type { Secret } from './secret';

/** The host's settings, resolved, validated and frozen. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Absolute path of the folder for everything the host writes. */
  readonly data: string;
  readonly publicUrl: string | undefined;
  /** Passed to Express's `trust proxy`: a count, a boolean, or addresses. */
  readonly trustProxy: boolean | number | string;
  /** Addresses and networks that may ask at all; empty: any. */
  readonly allowFrom: readonly string[];
  readonly operatorToken: Secret | undefined;
  /** 32 bytes as base64 or hexadecimal digits. */
  readonly masterKey: Secret | undefined;
  /** They open what they sealed, and seal nothing. */
  readonly previousMasterKeys: readonly Secret[];
  /** PostgreSQL; the inbox is a SQLite file without it. */
  readonly databaseUrl: Secret | undefined;
  readonly plugins: {
    /** Absolute paths, in order of precedence for listing. */
    readonly folders: readonly string[];
    /** Whether packages of the working folder's node_modules with keyword `gatehouse-plugin` are loaded. */
    readonly packages: boolean;
    readonly newPlugins: 'enabled' | 'disabled';
  };
  /** Per plugin key, from the file's `plugins.<key>`. */
  readonly perPlugin: Readonly<Record<string, PluginSettings>>;
  readonly routes: {
    /** Of endpoints whose author does not say. */
    readonly defaultAccess: 'public' | 'operator';
    /** Who may read the descriptions of plugins' endpoints, and their pages. */
    readonly docs: 'off' | 'operator' | 'public';
    /** Of names in a request that no schema declares, unless the endpoint says. */
    readonly unknownFields: 'ignore' | 'refuse';
    /** Of answers that break their schema, which are 500 anyway: each is logged with its field, or they are counted. */
    readonly brokenResponses: 'log' | 'count';
  };
  readonly rateLimit: RateLimitSettings;
  /** Of refused requests. */
  readonly quarantine: { readonly maxCount: number; readonly maxBytes: number };
  readonly http: OutgoingSettings;
  readonly limits: {
    readonly bodyBytes: number;
    readonly storedBodyBytes: number;
    readonly jsonBytes: number;
    /** Of one JSON body that a schema checks, at all levels together. */
    readonly jsonValues: number;
    readonly fileBytes: number;
    readonly files: number;
    readonly urlBytes: number;
    /** Of one WebSocket message. */
    readonly messageBytes: number;
  };
  readonly timeouts: {
    readonly handlerMs: number;
    readonly drainMs: number;
    readonly stopMs: number;
    /** Until a plugin's import and effects have settled. */
    readonly startMs: number;
    /** Until the request's headers are complete. */
    readonly headersMs: number;
    /** Until the request's body is complete. */
    readonly requestMs: number;
  };
  readonly inbox: InboxSettings;
  /** Whether the inbox is copied before a newer version changes its tables. */
  readonly upgrade: { readonly copyFirst: boolean };
  readonly receipts: {
    readonly keepMs: number;
    readonly maxBytes: number;
    /** Instead of `keepMs`, by plugin key or by `<key> <METHOD> <path>`. */
    readonly keepFor: Readonly<Record<string, number>>;
  };
  readonly jobs: { readonly keepMs: number };
  readonly dedupe: { readonly windowMs: number };
  readonly compat: {
    readonly webhookMethods: 'on' | 'warn' | 'off';
    /** Of webhook methods whose author does not say. Named as in the file, where `webhookMethods` has a value too. */
    readonly 'webhookMethods.answer': Answer;
    /** When set, sent as `Sunset` on deprecated addresses. */
    readonly sunset: Date | undefined;
    /** Global legacy endpoint → the only plugin that gets it. */
    readonly pins: Readonly<Record<string, string>>;
  };
  readonly audit: {
    /** How long entries are kept. */
    readonly keepMs: number;
  };
  readonly channels: {
    /** Of messages to one chat, where its channel does not say. */
    readonly rate: Rate | undefined;
    readonly keepMs: number;
  };
  readonly agent: AgentSettings;
  readonly mail: { readonly url: Secret | undefined; readonly from: string | undefined };
  /** Whether anybody may read /metrics. */
  readonly metrics: { readonly public: boolean };
  readonly alerts: AlertSettings;
  readonly log: {
    readonly level: 'error' | 'warn' | 'info' | 'debug';
    readonly access: boolean;
    /** Absolute path; undefined: lines go to standard output alone. */
    readonly file: string | undefined;
    readonly fileBytes: number;
    readonly files: number;
  };
}

/** When a chat is told that something is wrong; 0 does not look. */
export interface AlertSettings {
  /** A chat key; nobody is told without one. */
  readonly channel: string | undefined;
  /** Between two messages about the same thing. */
  readonly everyMs: number;
  /** Share of answers 500 and above at one endpoint. */
  readonly failureRate: number;
  /** Age of the oldest job that is due. */
  readonly backlogMs: number;
  /** Any new one. */
  readonly deadLetters: boolean;
  readonly refusedPerMinute: number;
}

export interface AgentSettings {
  /** Base of an OpenAI-compatible API; without it prompts are delivered to their channels. */
  readonly url: string | undefined;
  readonly key: Secret | undefined;
  readonly model: string | undefined;
  readonly tokensPerDay: number;
  /** Of runs that requests at one endpoint start. */
  readonly runsPerEndpoint: Rate | undefined;
  readonly foldMs: number;
  /** How many runs may cause one another. */
  readonly depth: number;
  readonly concurrency: number;
}

/** What the operator says about one plugin. */
export interface PluginSettings {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Of all its webhook methods. */
  readonly webhookMethods?: { readonly answer?: Answer };
  /** By path; leading, doubled and trailing slashes do not matter. Wins over `webhookMethods`. */
  readonly endpoints?: Readonly<Record<string, EndpointSettings>>;
  /** Addresses and networks that may ask this plugin, besides what the host says; empty: any. */
  readonly allowFrom?: readonly string[];
  /** What of it is said replaces what the host says. */
  readonly http?: Partial<OutgoingSettings>;
}

/** What the operator says about one path of a plugin, whatever the method. */
export interface EndpointSettings {
  readonly answer?: Answer;
  readonly access?: EndpointAccess;
  /** `access` counts even where it asks for less than the author does. */
  readonly force?: boolean;
}

/** Undefined: no limit. */
export interface RateLimitSettings {
  /** Of one address, over everything. */
  readonly perAddress: Rate | undefined;
  /** Of one endpoint, of those whose head passes, before a body is read. */
  readonly perEndpoint: Rate | undefined;
  /** Of one endpoint, of those that were verified. */
  readonly verified: Rate | undefined;
  /** Of one address at one endpoint, of those that were refused. */
  readonly refusals: Rate | undefined;
}

/** Where plugins may send requests. */
export interface OutgoingSettings {
  /** Names of hosts, `*.example.org` for all below; undefined: any that is public. */
  readonly allow: readonly string[] | undefined;
  /** Networks that are not public and may be asked. */
  readonly allowPrivate: readonly string[];
  /** Whether `http:` may be asked. */
  readonly allowHttp: boolean;
}

export interface InboxSettings {
  /** Jobs worked at once by this host, of one plugin, and of one task that does not say. */
  readonly concurrency: number;
  readonly pluginConcurrency: number;
  readonly taskConcurrency: number;
  readonly leaseMs: number;
  readonly pollMs: number;
}
