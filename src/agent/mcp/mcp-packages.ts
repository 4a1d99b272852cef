/** What the protocol is served with. */
export interface McpPackages {
  readonly protocol: typeof import('@modelcontextprotocol/server', { with: { 'resolution-mode': 'import' } });
  readonly node: typeof import('@modelcontextprotocol/node', { with: { 'resolution-mode': 'import' } });
}

let loading: Promise<McpPackages> | undefined;

/** Loads them when the first request asks: a tenth of a second that a host without agents does not wait for. */
export function loadMcpPackages(): Promise<McpPackages> {
  loading ??= Promise.all([
    import('@modelcontextprotocol/server'),
    import('@modelcontextprotocol/node'),
  ]).then(([protocol, node]) => ({ protocol, node }));
  return loading;
}
