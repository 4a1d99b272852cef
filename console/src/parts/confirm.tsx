import { Button, Group, Modal, Text } from '@mantine/core';
import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';

/** Resolves to whether the reader agreed. `verb`: on the button that does it. */
export type Ask = (title: string, text: ReactNode, verb?: string) => Promise<boolean>;

interface Question {
  readonly title: string;
  readonly text: ReactNode;
  readonly verb: string;
  readonly settle: (isAgreed: boolean) => void;
}

const AskContext = createContext<Ask>(() => Promise.resolve(false));

/** To be asked before what cannot be undone. */
export function useConfirm(): Ask {
  return useContext(AskContext);
}

/** Around all pages: the one dialog that `useConfirm` opens. */
export function ConfirmProvider({ children }: { readonly children: ReactNode }) {
  const [question, setQuestion] = useState<Question>();
  // Apart from the question, which is still read while the dialog closes.
  const [isOpen, setOpen] = useState(false);
  const ask = useCallback<Ask>(
    (title, text, verb = 'Go on') =>
      new Promise((settle) => {
        setOpen(true);
        setQuestion((before) => {
          before?.settle(false);
          return { title, text, verb, settle };
        });
      }),
    [],
  );
  const answer = (isAgreed: boolean) => {
    question?.settle(isAgreed);
    setOpen(false);
  };
  return (
    <AskContext value={ask}>
      {children}
      <Modal
        opened={isOpen}
        onClose={() => answer(false)}
        title={question?.title}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm" component="div" mb="lg" className="breaks">
          {question?.text}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => answer(false)} data-autofocus>
            Cancel
          </Button>
          <Button color="red" onClick={() => answer(true)}>
            {question?.verb}
          </Button>
        </Group>
      </Modal>
    </AskContext>
  );
}
