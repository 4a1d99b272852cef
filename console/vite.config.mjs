import { defineConfig } from 'vite';

/** Builds the console into a folder that the host serves at `/console`; addresses are relative, so any prefix will do. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // The host puts a new one in its place for each page it sends; a browser runs nothing without it.
  html: { cspNonce: 'gatehouse-nonce' },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    target: 'es2022',
    // What is inlined as data: would need a policy that allows it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
    rolldownOptions: {
      // Marks of libraries for servers that render; there is none here.
      onLog: (level, log, handle) => log.code === 'MODULE_LEVEL_DIRECTIVE' || handle(level, log),
    },
  },
});
