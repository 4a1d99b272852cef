import { HostError } from '../core/errors';
import { createCompatModule } from './old-modules';

/**
 * What `gatehouse/compat` gives outside a host, where no plugin is calling: the names import, types included, and
 * raise plugin/not-bound when used. The host hands each generation its own instance instead.
 */
export const { core, message, context, timer } = createCompatModule((what) => {
  throw new HostError('plugin/not-bound', [`${what} (of gatehouse/compat)`]);
});
