import type { ConfigReport } from '../../../../src/operator/config-desk';
import { useRead } from '../../live';
import { Empty } from '../../parts/empty';
import { Loaded } from '../../parts/loaded';
import type { TabProps } from '../plugin';
import { ConfigForm } from './config-form';
import { idOf } from './plugin-facts';

/** What operators give a plugin as its configuration. */
export default function ConfigTab({ plugin }: TabProps) {
  const path = `/plugins/${encodeURIComponent(idOf(plugin))}/config`;
  const isDeclared = plugin.settingsPage !== undefined;
  const config = useRead<ConfigReport>(path, ['plugins'], { enabled: isDeclared });
  if (!isDeclared)
    return (
      <Empty title="It declares no configuration.">
        <code>plugin.config(schema)</code> declares one: its fields are a form here.
      </Empty>
    );
  return <Loaded query={config}>{(view) => <ConfigForm path={path} latest={view} />}</Loaded>;
}
