import type { Dialect } from '../../core/dialect';
import { folderIdentity } from '../folder-identity';
import { APP, appEntry, type AppContents } from './app-folder';
import { AppReading } from './app-reading';

/**
 * Apps written as folders of files: `webhooks/**.js` and `server/**.js` export a handler per method, `tools/*.js` a tool,
 * `informer.yaml` says the rest.
 */
export const fileHandlersDialect: Dialect = {
  name: 'file-handlers',
  entryOf: appEntry,
  recognise(source) {
    const contents = source.module?.[APP] as AppContents | undefined;
    if (contents === undefined) return undefined;
    return new AppReading(source.folder, source.manifest, contents, folderIdentity(source, 'app'));
  },
};
