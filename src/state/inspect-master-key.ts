import { existsSync } from 'node:fs';
import type { Inspection } from '../core/ports/inspection';
import { masterKeyFile, provideMasterKey, providePreviousKeys } from './master-key';

/** Reads the keys there are, and makes none. @throws host/bad-master-key */
export const inspectMasterKey: Inspection['masterKey'] = ({ masterKey, previousMasterKeys, data }) => {
  providePreviousKeys(previousMasterKeys, data);
  const file = masterKeyFile(data);
  if (masterKey === undefined && !existsSync(file)) return { where: file, exists: false };
  const { file: where = 'the settings' } = provideMasterKey(masterKey, data);
  return { where, exists: true };
};
