import type { ErrorEntry } from './error-entry';

/** What a plugin did; its operator and its author read these. */
export const pluginErrors = {
  'plugin/not-ready': {
    status: 503,
    message: (key: string) => `Plugin ${key} is not serving right now; try again shortly.`,
  },
  'plugin/unknown': {
    status: 404,
    message: (key: string) =>
      `No plugin has the key ${key}; \`gatehouse plugins list\` shows what is loaded.`,
  },
  'plugin/no-readme': {
    status: 404,
    message: (key: string) => `Plugin ${key} has no README.md of at most 256 KiB in its folder.`,
  },
  'plugin/invalid-info': {
    status: 500,
    message: (issues: string) =>
      `The plugin's description is invalid: ${issues}. Fix the object given to new Plugin({...}) or @GatePlugin({...}).`,
  },
  'plugin/no-signed-address': {
    status: 404,
    message: (key: string, path: string, known: string) =>
      `${key} has no signed address at ${path}; signed: ${known || 'none'}.`,
  },
  'plugin/not-bound': {
    status: 500,
    message: (what: string) =>
      `plugin.${what} was used before the host loaded the plugin; use it inside a handler, a hook or a router factory.`,
  },
  'plugin/bound-twice': {
    status: 500,
    message: (key: string) =>
      `The plugin object of ${key} was handed to the host twice; each load needs a fresh one, so do not export it from a package named in gatehouse.external.`,
  },
  'plugin/sealed': {
    status: 500,
    message: (key: string, where: string) =>
      `${where} of plugin ${key} came after the host had read the plugin; declare at module level or inside a router factory.`,
  },
  'plugin/many-exports': {
    status: 500,
    message: (names: string) =>
      `The module exports more than one plugin (${names}); export one, and put the others in folders of their own.`,
  },
  'plugin/bad-decorator': {
    status: 500,
    message: (where: string, why: string) => `${where} cannot be applied: ${why}.`,
  },
  'plugin/not-injectable': {
    status: 500,
    message: (className: string, index: number, found: string) =>
      `Constructor parameter ${index} of class ${className} cannot be injected: its type is ${found} at run time. If it is a class, import it with \`import { … }\`, not \`import type\` or \`import { type … }\`; if it is an interface or a built-in, give it a token: \`@inject('name')\`.`,
  },
  'plugin/no-service': {
    status: 500,
    message: (token: string, where: string) =>
      `inject(${token}) of ${where} cannot be made: register it in the plugin's container (import { container } from 'tsyringe') at module level or in onInit.`,
  },
  'plugin/no-folder': {
    status: 500,
    message: (where: string, folder: string) =>
      `${where}: there is no folder ${folder}; a relative one begins at the plugin's own.`,
  },
  'plugin/express-path': {
    status: 500,
    message: (where: string, pattern: string, rewrite: string) =>
      `${where}: the path "${pattern}" is Express 4 syntax, which Express 5 refuses; write ${rewrite}.`,
  },
  'plugin/no-export': {
    status: 500,
    message: (entry: string) =>
      `${entry} exports no plugin; export one as \`plugin\` (new Plugin({...})) or export a class decorated with @GatePlugin({...}).`,
  },
  'plugin/no-entry': {
    status: 500,
    message: (folder: string) =>
      `${folder} has no entry; add index.ts, or name one in package.json as gatehouse.entry or main.`,
  },
  'plugin/duplicate-key': {
    status: 409,
    message: (key: string, first: string, second: string) =>
      `The key ${key} is claimed by ${first} and by ${second}; neither is guessed at: rename or remove one. ${first} keeps it.`,
  },
  'plugin/reserved-key': {
    status: 409,
    message: (key: string, place: string) =>
      `The key ${key} is the host's own, and ${place} claims it: give the plugin another author or module.`,
  },
  'plugin/load-failed': { status: 500, message: (where: string) => `${where} could not be loaded.` },
  'plugin/start-failed': {
    status: 500,
    message: (key: string, label: string) => `Plugin ${key} did not start: ${label} threw.`,
  },
  'plugin/start-timeout': {
    status: 500,
    message: (key: string, label: string, ms: number) =>
      `Plugin ${key} did not start: ${label} had not settled after ${ms} ms.`,
  },
  'plugin/config-missing': {
    status: 503,
    isInternal: true,
    message: (key: string, name: string, variable: string) =>
      `${key} needs a value for ${name} in its configuration and has none; give it as ${variable}, or as plugins.${key}.config.${name} in the settings file.`,
  },
  'plugin/start-too-early': {
    status: 500,
    message: (what: string) =>
      `plugin.${what} was used while the routes were being built; use it inside a handler or a hook.`,
  },
  'plugin/fault': {
    status: 500,
    message: (key: string) => `Plugin ${key} raised an error that nothing caught.`,
  },
  'plugin/suspected': {
    status: 500,
    message: (key: string) =>
      `Most likely ${key}, the last plugin entered, raised an error that nothing caught; the next one like it is named for certain.`,
  },
  'plugin/disabled': {
    status: 409,
    message: (key: string) =>
      `Plugin ${key} is disabled; enable it first: \`gatehouse plugins enable ${key}\`.`,
  },
  'plugin/unidentified': {
    status: 409,
    message: (folder: string, why: string) =>
      `The plugin in ${folder} has no key yet: ${why} Correct it, or give its package.json gatehouse: { author, module }.`,
  },
  'plugin/superseded': {
    status: 409,
    message: (key: string) => `Starting ${key} was given up: it is no longer wanted.`,
  },
  'plugin/state-unsaved': {
    status: 500,
    message: (what: string, file: string) =>
      `${what}, but ${file} could not be written: a restart forgets it. Make room or correct its permissions, then repeat.`,
  },
  'plugin/change-refused': {
    status: 503,
    message: (key: string) =>
      `What is wanted of plugin ${key} cannot be stored right now, and nothing was changed; try again shortly.`,
  },
  'plugin/silent-host': {
    status: 504,
    message: (key: string, hosts: string) =>
      `What is wanted of plugin ${key} is stored, but not every host said in time that it did it: ${hosts}. Those obey as soon as they are reached.`,
  },
  'plugin/folder-unreadable': {
    status: 500,
    message: (folder: string) =>
      `The plugins folder ${folder} cannot be read; create it or correct plugins.folders (GATEHOUSE_PLUGINS).`,
  },
  'plugin/invalid-manifest': {
    status: 500,
    message: (file: string, why: string) => `${file} cannot be used: ${why}.`,
  },
  'plugin/bad-entry': {
    status: 500,
    message: (folder: string, entry: string, why: string) =>
      `The entry of ${folder}, ${entry}, ${why}; build it, or name the right file in package.json as gatehouse.entry.`,
  },
  'plugin/ambiguous-config': {
    status: 500,
    message: (prefix: string, first: string, second: string) =>
      `Variables ${prefix}* could be meant for ${first} or for ${second}; set the values in gatehouse.yaml instead, or rename one.`,
  },
  'plugin/config-unreadable': {
    status: 500,
    message: (variable: string, file: string) => `${variable} names ${file}, which cannot be read.`,
  },
  'plugin/invalid-config': {
    status: 500,
    message: (key: string, issues: string) =>
      `The configuration of ${key} is not what its schema wants:\n${issues}\nCorrect it where it is set, or on its settings page, /api/plugin/${key}/__webui__/settings.`,
  },
  'plugin/no-config': {
    status: 404,
    message: (key: string) => `${key} declares no configuration; plugin.config(schema) does.`,
  },
  'plugin/refused-config': {
    status: 422,
    message: (key: string) => `The configuration was not stored: it is not what the schema of ${key} wants.`,
  },
  'plugin/stale-config': {
    status: 409,
    message: (key: string) =>
      `The configuration of ${key} was changed meanwhile; read it again, then repeat what is to be changed.`,
  },
  'plugin/bad-config-request': { status: 400, message: (why: string) => `${why}.` },
  'compat/bad-app': {
    status: 500,
    message: (folder: string, issues: string) => `The app in ${folder} cannot be served:\n${issues}`,
  },
  'mount/invalid': {
    status: 500,
    message: (key: string, issues: string) => `Plugin ${key} declares what cannot be served:\n${issues}`,
  },
  'mount/no-router': {
    status: 500,
    message: (where: string, got: string) =>
      `${where}: the factory returned ${got}; return an Express Router (express.Router()).`,
  },
  'compat/invalid-webhook-method': {
    status: 500,
    message: (where: string, why: string) => `${where} cannot be mounted: ${why}.`,
  },
  'compat/no-chat': {
    status: 500,
    message: (what: string) =>
      `${what} needs a chat, and a webhook belongs to none; give the chat key: sendText('console-ci', text).`,
  },
  'compat/unknown-scheme': {
    status: 500,
    message: (scheme: string, nearest: string) =>
      `verify("${scheme}") is not known here; the nearest is "${nearest}", and docs/providers.md lists all.`,
  },
  'compat/bad-extension': {
    status: 500,
    message: (where: string, why: string) => `${where}: ${why}.`,
  },
  'compat/bad-result': {
    status: 500,
    isInternal: true,
    message: (where: string, got: string) =>
      `${where} returned ${got}; return an object: it is sent as JSON, with its status_code as the status where it has one.`,
  },
  'compat/no-config': {
    status: 503,
    isInternal: true,
    message: (key: string, name: string, variable: string) =>
      `ctx.config.require("${name}"): ${key} has no such value; set ${variable}, plugins.${key}.config.${name} in gatehouse.yaml, or a secret of that name. Where new Extension(id, { config }) gives a schema, it must name the value.`,
  },
  'compat/unknown-app': {
    status: 404,
    message: (id: string) =>
      `There is no app "${id}" with webhooks or server routes here; \`gatehouse plugins list\` shows what is loaded.`,
  },
  'compat/bad-app-request': { status: 400, message: (why: string) => `${why}.` },
  'compat/not-served': {
    status: 500,
    message: (name: string, replacement: string) =>
      `${name} belongs to the old system and is not served; instead: ${replacement}.`,
  },
} as const satisfies Record<string, ErrorEntry>;
