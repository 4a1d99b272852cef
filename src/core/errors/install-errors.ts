import type { ErrorEntry } from './error-entry';

/** What concerns writing new plugins, and adding, updating and removing those of others. */
export const installErrors = {
  'scaffold/taken': {
    status: 409,
    message: (folder: string) =>
      `${folder} is there already, or cannot be made; nothing was written. Choose another with --folder.`,
  },
  'scaffold/unknown-sender': {
    status: 400,
    message: (sender: string, hint: string) =>
      `No plugin can be written for webhooks of "${sender}": ${hint}. Take another with --webhook, and set its access by hand (docs/providers.md).`,
  },
  'install/bad-source': {
    status: 400,
    message: (source: string, why: string) => `"${source}" cannot be added: ${why}.`,
  },
  'install/program-failed': {
    status: 502,
    message: (what: string, words: string) => `${what} failed, and nothing was changed: ${words}`,
  },
  'install/not-a-plugin': {
    status: 400,
    message: (source: string, why: string) => `${source} is no plugin: ${why}.`,
  },
  'install/unfit-version': {
    status: 409,
    message: (name: string, range: string, version: string) =>
      `${name} wants Gatehouse ${range} (engines.gatehouse of its package.json), and this is ${version}; nothing was changed. Take another version of it, or of Gatehouse.`,
  },
  'install/taken': {
    status: 409,
    message: (place: string) =>
      `${place} is there already; \`gatehouse plugins update\` brings another version, --name another folder.`,
  },
  'install/not-added': {
    status: 409,
    message: (name: string, place: string) =>
      `${name} was not added by \`gatehouse plugins add\`: ${place} is somebody's own, and stays as it is. Change or remove it yourself.`,
  },
  'install/does-not-load': {
    status: 409,
    message: (key: string, version: string, why: string) =>
      `${key} ${version} does not load, and the version before was put back: ${why}`,
  },
  'install/needs-host': {
    status: 409,
    message: (key: string) =>
      `No host runs here that could remove what ${key} kept, so nothing was removed; start one with \`gatehouse serve\`, or leave --delete-data out.`,
  },
  'install/unknown': {
    status: 404,
    message: (name: string, places: string) =>
      `There is no plugin ${name} in ${places}; \`gatehouse plugins list\` shows what is loaded.`,
  },
  'plugin/still-served': {
    status: 409,
    message: (key: string) =>
      `${key} is served or enabled here; what it keeps is erased once it is gone or disabled (\`gatehouse plugins disable ${key}\`).`,
  },
} as const satisfies Record<string, ErrorEntry>;
