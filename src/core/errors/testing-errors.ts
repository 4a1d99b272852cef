import type { ErrorEntry } from './error-entry';

/** What tests of plugins are told; nothing of this is ever sent. */
export const testingErrors = {
  'testing/plugin-failed': {
    status: 500,
    message: (failures: string) =>
      `These plugins did not load:\n${failures}\nCorrect them, or give { failed: 'keep' } to look at such a host.`,
  },
  'testing/no-plugin': {
    status: 500,
    message: (places: string) =>
      `No plugin was found in ${places}; name a plugin's folder or file, or a folder of plugins.`,
  },
  'testing/unknown-plugin': {
    status: 500,
    message: (key: string, known: string) =>
      `Secrets were given for ${key}, which no plugin of this host is; it has ${known}.`,
  },
  'testing/unknown-secret': {
    status: 500,
    message: (key: string, name: string, known: string) =>
      `A secret ${name} was given for ${key}, which neither declares it nor names it in an access. It knows ${known}.`,
  },
  'testing/cannot-sign': {
    status: 500,
    message: (sender: string, missing: string) =>
      `signed('${sender}', …) needs ${missing}: signed('${sender}', { secret: 'as the endpoint has it', body: { … } }).`,
  },
  'testing/not-a-plugin': {
    status: 500,
    message: () =>
      'request(…) takes what is exported as `plugin`, a class with @GatePlugin, or a function that makes one.',
  },
  'testing/clock-needs-sqlite': {
    status: 500,
    message: () =>
      'A host with a fakeClock() keeps its inbox in SQLite: the clock of a PostgreSQL server cannot be moved. Leave out databaseUrl, or the clock.',
  },
  'testing/no-supertest': {
    status: 500,
    message: () => 'request(plugin) needs the package supertest: npm install --save-dev supertest.',
  },
} as const satisfies Record<string, ErrorEntry>;
