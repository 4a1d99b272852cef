import { statSync } from 'node:fs';
import path from 'node:path';
import type { Endpoint } from '../core/declaration';
import { HostError } from '../core/errors';
import type { Exchange } from '../core/exchange';
import { fileBody } from '../core/file-body';
import { GATE_RULES, gateIssues, type GateOptions } from '../core/gate-options';
import { aText, checkOptions, milliseconds } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { reply, type Reply } from '../core/reply';
import { buildEndpoint } from './endpoint';

export interface StaticOptions extends GateOptions {
  /** How long browsers may keep a file without asking again. Default: they ask each time. */
  readonly maxAgeMs?: number | undefined;
  /** Served where a folder is asked for, such as `index.html`. Default: a folder is not there (404). */
  readonly index?: string | undefined;
}

const RULES = { ...GATE_RULES, maxAgeMs: milliseconds, index: aText };

/** @throws mount/invalid listing everything wrong with the arguments */
export function checkStatic(
  key: PluginKey,
  where: string,
  prefix: unknown,
  folder: unknown,
  options: unknown,
): void {
  const { index } = Object(options) as StaticOptions;
  checkOptions(key, where, options, RULES, [
    ...gateIssues(options),
    typeof prefix === 'string' ? undefined : 'the path must be one like "/assets"',
    typeof folder === 'string' && folder !== '' ? undefined : 'the folder must be a path',
    typeof index === 'string' && path.basename(index) !== index
      ? 'index must be the name of a file'
      : undefined,
  ]);
}

/**
 * The files of a folder as endpoints below a path; checked before. What lies outside of it once links are followed is never
 * sent. `home` is where a relative folder begins.
 * @throws plugin/no-folder
 */
export function staticDeclarations(
  where: string,
  prefix: string,
  folder: string,
  home: string,
  options: StaticOptions,
): Endpoint[] {
  const root = path.resolve(home, folder);
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new HostError('plugin/no-folder', [where, root]);
  const { maxAgeMs, index, access, limits } = options;
  const send = (rest: string): Reply =>
    reply(
      200,
      fileBody({
        // Never absolute, so that nobody finds out where the folder is.
        path: `./${rest}`,
        root,
        ...(maxAgeMs !== undefined && { maxAgeMs }),
        ...(index !== undefined && { index }),
      }),
    );
  const endpoint = (at: string, handler: (exchange: Exchange) => Reply) =>
    buildEndpoint({ where, handler, definition: { method: 'GET', path: at, access, limits } });
  const base = `/${prefix.split('/').filter(Boolean).join('/')}`;
  const files = endpoint(base === '/' ? '/*file' : `${base}/*file`, ({ params }) =>
    send(params['file'] ?? ''),
  );
  // The rest of a path is never nothing: without its own, the folder itself would not be there.
  return index === undefined || base === '/' ? [files] : [endpoint(base, () => send('')), files];
}
