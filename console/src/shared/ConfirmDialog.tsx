/** Asks once more before something is taken away, and why where that matters. It knows nothing of what. */
import { Button, Group, Modal, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ReasonField, said } from './ReasonField';

interface ContentProps {
  text: ReactNode;
  action: string;
  busy: boolean;
  /** It is taken from somebody else, and the ledger keeps why. */
  asksWhy?: boolean;
  onConfirm: (reason?: string) => void;
  close: () => void;
}

interface ConfirmDialogProps extends ContentProps {
  opened: boolean;
  title: string;
}

export function ConfirmDialog({ opened, title, ...content }: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={content.close}
      // What it does may be shown above it.
      closeOnClickOutside={!content.busy}
      closeOnEscape={!content.busy}
      title={title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Content {...content} />
    </Modal>
  );
}

function Content({ text, action, busy, asksWhy = false, onConfirm, close }: ContentProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <>
      <Text size="sm" mb={asksWhy ? 'md' : 0}>
        {text}
      </Text>
      {asksWhy && <ReasonField reason={reason} setReason={setReason} />}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          {t('action.cancel')}
        </Button>
        <Button color="red" loading={busy} onClick={() => (asksWhy ? onConfirm(said(reason)) : onConfirm())}>
          {action}
        </Button>
      </Group>
    </>
  );
}
