import { Alert, Anchor, List } from '@mantine/core';
import type { Warning } from '../../../../src/core/ports/health-desk';
import { placeOf } from './warning-place';

/** What an operator should see to, each with its next step and where it is seen to. */
export function Warnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  if (warnings.length === 0) return undefined;
  return (
    <Alert
      color="yellow"
      variant="outline"
      title={warnings.length === 1 ? 'To see to' : `${warnings.length} to see to`}
    >
      <List size="sm" spacing={4}>
        {warnings.map((warning) => {
          const place = placeOf(warning);
          return (
            <List.Item key={warning.text} className="breaks">
              {warning.text}
              {place !== undefined && (
                <>
                  {' '}
                  <Anchor href={place.href} size="sm">
                    {place.title}
                  </Anchor>
                </>
              )}
            </List.Item>
          );
        })}
      </List>
    </Alert>
  );
}
