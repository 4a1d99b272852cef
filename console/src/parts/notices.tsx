import { CloseButton, Group, Paper, Portal, Text, VisuallyHidden } from '@mantine/core';
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';

export interface Notices {
  /** Good ones go by themselves, bad ones stay until they are closed. `isQuiet`: for screen readers alone. */
  say(kind: 'good' | 'bad', text: string, isQuiet?: boolean): void;
}
interface Notice {
  readonly id: number;
  readonly kind: 'good' | 'bad';
  readonly text: string;
}

const SHOWN_MS = 5_000;
const MOST = 4;
const NoticesContext = createContext<Notices>({ say: () => undefined });

/** To tell what came of something, wherever the reader is by then. */
export function useNotices(): Notices {
  return useContext(NoticesContext);
}

/** Around all pages: the corner in which notices stand, and the polite region that reads them out. */
export function NoticesProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly Notice[]>([]);
  const [spoken, setSpoken] = useState('');
  const lastId = useRef(0);
  const close = useCallback((id: number) => {
    setShown((all) => all.filter((notice) => notice.id !== id));
  }, []);
  const notices = useMemo<Notices>(
    () => ({
      say(kind, text, isQuiet = false) {
        setSpoken(text);
        if (isQuiet) return;
        const id = ++lastId.current;
        setShown((all) => [...all, { id, kind, text }].slice(-MOST));
        if (kind === 'good') setTimeout(() => close(id), SHOWN_MS);
      },
    }),
    [close],
  );
  return (
    <NoticesContext value={notices}>
      {children}
      <VisuallyHidden role="status" aria-live="polite">
        {spoken}
      </VisuallyHidden>
      <Portal>
        <div className="notices">
          {shown.map(({ id, kind, text }) => (
            <Paper key={id} withBorder shadow="md" p="sm" className="notice" data-kind={kind}>
              <Group wrap="nowrap" align="flex-start" justify="space-between">
                <Text size="sm" className="breaks">
                  {text}
                </Text>
                <CloseButton size="sm" aria-label="Close the notice" onClick={() => close(id)} />
              </Group>
            </Paper>
          ))}
        </div>
      </Portal>
    </NoticesContext>
  );
}
