import { HttpError, Plugin } from 'gatehouse';
import { z } from 'zod';

export const plugin = new Plugin({
  author: 'example',
  module: 'tools',
  name: 'Tools',
  version: '1.0.0',
  description: 'Builds that agents, other plugins and operators can look up and start.',
});

const Branch = z.object({ branch: z.string().min(1).describe('The branch, such as main.') });
const builds = new Map([['main', 41]]);

plugin.tool(
  { name: 'last_build', description: 'The number of the last build of a branch.', input: Branch },
  ({ branch }) => {
    const number = builds.get(branch);
    if (number === undefined) throw new HttpError(404, `Nobody has built ${branch} yet.`);
    return { branch, number };
  },
);

plugin.tool(
  { name: 'build', description: 'Builds a branch once more.', input: Branch, timeoutMs: 5_000 },
  async ({ branch }, { caller, log }) => {
    log.info('a build was asked for', { branch, by: caller });
    builds.set(branch, (builds.get(branch) ?? 0) + 1);
    return plugin.extensions.call('example.tools', 'last_build', { branch });
  },
);

// What an application's page may ask for its users: the operator makes a token of this scope for each.
plugin.get('/me', { access: { scope: 'app:builds' } }, ({ verified }) => verified?.caller);
