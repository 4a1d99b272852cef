import type { Logger } from 'winston';
import type { Task } from '../core/declaration';
import { HOST_KEY } from '../core/host-key';
import { LiveMount } from '../core/live-mount';
import { buildMount } from '../core/mount';
import { actorNamed } from '../core/actor';
import { Scope } from '../core/scope';

/** The host's own generation, which works what is everybody's: it has tasks and no address. Put it into the mount table. */
export function createHostMount(tasks: readonly Task[], logger: Logger): LiveMount {
  const [author = '', module = ''] = HOST_KEY.split('.');
  const info = { author, module, name: 'Gatehouse', version: '1', description: "The host's own work" };
  const actor = actorNamed(HOST_KEY);
  const scope = new Scope(actor);
  return new LiveMount(buildMount(HOST_KEY, info, tasks), 1, scope, logger, (stack) => stack, actor);
}
