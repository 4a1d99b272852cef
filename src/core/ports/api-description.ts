/** An OpenAPI 3.1 document as it is sent. */
export interface ApiDocument {
  /** JSON. */
  readonly bytes: Buffer;
  /** A strong entity tag of the bytes, with its quotes (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/**
 * What live plugins answer, described: always the generation that serves now, made once for each.
 * Of a plugin that is unknown or disabled: request/not-found; of one that serves nothing: plugin/not-ready.
 */
export interface ApiDescriptions {
  /** @throws request/not-found, plugin/not-ready */
  mustServe(key: string): void;
  /** @throws request/not-found, plugin/not-ready, api/cannot-describe */
  ofPlugin(key: string): ApiDocument;
  /** The host's own addresses and those of every live plugin. Rejects with api/cannot-describe. */
  ofHost(): Promise<ApiDocument>;
  /** TypeScript for the plugin's callers: its paths and components as openapi-typescript has them. @throws as `ofPlugin` */
  typesOf(key: string): string;
}
