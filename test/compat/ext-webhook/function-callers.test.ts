import type { Tool } from '../../../src/core/declaration';
import type { ToolCaller, ToolContext } from '../../../src/core/tool-call';
import type { ExtensionContext } from '../../../src/compat/ext-webhook/extension-context';
import { functionTool } from '../../../src/compat/ext-webhook/extension-work';
import { keyOf } from '../../core/plain-mount';
import { keptServices } from '../../plugins/services';

const tool: Tool = functionTool(
  keyOf('acme.bank'),
  {
    where: 'chat.function(who)',
    name: 'who',
    options: { description: 'Says who acts.' },
    run: (ctx: ExtensionContext) => ctx.user.imperal_id,
  } as never,
  () => ({ services: keptServices(), isShared: () => false }),
);

test.each<[ToolCaller, string]>([
  [{ kind: 'agent', id: 'adas-phone', user: 'ada' }, 'ada'],
  [{ kind: 'operator', id: 'operator', user: 'ada' }, 'ada'],
  // A token, a run or a plugin may go by the name of a user.
  [{ kind: 'agent', id: 'ada' }, '__agent__ada'],
  [{ kind: 'plugin', id: 'acme.ci' }, '__plugin__acme.ci'],
  [{ kind: 'operator', id: 'operator' }, '__operator__'],
])('a function that is called by %j acts as %s', async (caller, user) => {
  expect(await tool.call({}, { caller } as ToolContext)).toBe(user);
});
