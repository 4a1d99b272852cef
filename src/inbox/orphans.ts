import type { Mount } from '../core/mount';
import type { MountTable } from '../core/mount-table';
import type { OrphanReason } from '../core/ports/inbox-desk';
import type { PluginState } from '../core/ports/plugin-registry';
import type { TaskName } from './store';
import { namesOf } from './task-directory';

/**
 * Tells why nobody on this host works what is stored for a task or endpoint. A plugin that failed or is starting may
 * declare it again: what is stored for it sleeps, and is no orphan.
 */
export function orphanJudge(
  table: Pick<MountTable, 'get'>,
  pluginState: (key: string) => PluginState | undefined,
): (task: TaskName) => OrphanReason | undefined {
  const declared = new WeakMap<Mount, ReadonlySet<string>>();
  const declares = (mount: Mount, task: TaskName): boolean => {
    let names = declared.get(mount);
    if (names === undefined) declared.set(mount, (names = new Set(namesOf(mount).map(slot))));
    return names.has(slot(task));
  };
  return (task) => {
    const seat = table.get(task.plugin);
    if (seat === undefined) {
      const state = pluginState(task.plugin);
      if (state === undefined) return 'plugin absent';
      return state === 'disabled' ? 'plugin disabled' : undefined;
    }
    if (seat.live === undefined || declares(seat.live.mount, task)) return undefined;
    return `${task.kind} gone`;
  };
}

const slot = ({ kind, name }: TaskName) => `${kind} ${name}`;
