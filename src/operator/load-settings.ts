import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { HostError, toError } from '../core/errors';
import { resolveSettings, type ResolvedSettings, type SettingsSources } from '../core/settings-resolver';
import type { Environment } from '../core/settings-variables';

const FILE_NAME = 'gatehouse.yaml';

export interface SettingsRequest {
  readonly flags: SettingsSources['flags'];
  readonly env: Environment;
  readonly workingFolder: string;
  /** `--config`; without it `gatehouse.yaml` of the working folder is read if it is there. */
  readonly configFile: string | undefined;
}

export interface LoadedSettings extends ResolvedSettings {
  /** The settings file that was read. */
  readonly fileName: string | undefined;
}

/** Reads the settings file and resolves all settings. @throws settings/unreadable, settings/invalid */
export function loadSettings(request: SettingsRequest): LoadedSettings {
  const { flags, env, workingFolder, configFile } = request;
  const wanted = path.resolve(workingFolder, configFile ?? FILE_NAME);
  const text = readText(wanted, configFile !== undefined);
  const fileName = text === undefined ? undefined : wanted;
  const file = text === undefined ? undefined : parseYaml(wanted, text);
  return { ...resolveSettings({ flags, env, file, fileName, workingFolder }), fileName };
}

function readText(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new HostError('settings/unreadable', [file, toError(error).message], { cause: error });
  }
}

function parseYaml(file: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const faults = document.errors.map(({ linePos, message }) => {
    const [at] = linePos ?? [];
    return `  - ${file}:${at?.line ?? 1}:${at?.col ?? 1}: ${message.split('\n')[0] ?? ''}`;
  });
  if (faults.length > 0) throw new HostError('settings/invalid', [faults.join('\n')]);
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new HostError('settings/invalid', [`  - ${file}: ${toError(error).message}`], { cause: error });
  }
}
