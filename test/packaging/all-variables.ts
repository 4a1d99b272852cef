import { settingsTable, variablesOf, type SettingPath } from '../../src/core/settings-table';

/** Every variable of the host's settings. */
export function allVariables(): string[] {
  return Object.keys(settingsTable).flatMap((name) => variablesOf(name as SettingPath));
}
