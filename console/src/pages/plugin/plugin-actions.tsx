import { Button, Group } from '@mantine/core';
import { useMay } from '../../session';
import { useConfirm } from '../../parts/confirm';
import { OutcomeDialog } from './outcome-dialog';
import { idOf, type ShownPlugin } from './plugin-facts';
import { useTransition, type PluginVerb } from './use-transition';

interface PluginActionsProps {
  readonly plugin: ShownPlugin;
  /** In a row. */
  readonly isSmall?: boolean;
}

/** Reload, and enable or disable. What came of it is told in a dialog where a line is too short. */
export function PluginActions({ plugin, isSmall = false }: PluginActionsProps) {
  const id = idOf(plugin);
  const mayChange = useMay('plugins');
  const confirm = useConfirm();
  const { run, busy, outcome, isTold, close } = useTransition(id);
  const isDisabled = plugin.state === 'disabled';
  const disable = async () => {
    const text =
      'Its endpoints answer 404 from then on; what is stored for it waits until it is enabled again.';
    if (await confirm(`Disable ${id}?`, text, 'Disable')) await run('disable');
  };
  const button = (verb: PluginVerb, label: string, act: () => Promise<void>) => (
    <Button
      variant="default"
      size={isSmall ? 'compact-xs' : 'xs'}
      loading={busy === verb}
      disabled={!mayChange || (busy !== undefined && busy !== verb)}
      title={mayChange ? undefined : 'Your token lacks the scope plugins.'}
      aria-label={isSmall ? `${label} ${id}` : undefined}
      onClick={() => void act()}
    >
      {label}
    </Button>
  );
  return (
    <Group gap={4} wrap="nowrap">
      {!isDisabled && button('reload', 'Reload', () => run('reload'))}
      {isDisabled ? button('enable', 'Enable', () => run('enable')) : button('disable', 'Disable', disable)}
      <OutcomeDialog id={id} folder={plugin.folder} outcome={outcome} isOpen={isTold} onClose={close} />
    </Group>
  );
}
