/**
 * No script of a package runs, and no program in the place of git; what is shared with the host (`gatehouse` among it) is not installed again for saying so under
 * `peerDependencies`; and nothing but errors is printed.
 */
export const NPM_FLAGS: readonly string[] = [
  '--ignore-scripts',
  '--git=git',
  '--legacy-peer-deps',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=error',
];
