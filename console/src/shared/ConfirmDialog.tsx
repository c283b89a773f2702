/** Asks once more before something is taken away. It knows nothing of what. */
import { Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface ConfirmDialogProps {
  opened: boolean;
  title: string;
  text: ReactNode;
  action: string;
  busy: boolean;
  onConfirm: () => void;
  close: () => void;
}

export function ConfirmDialog({ opened, title, text, action, busy, onConfirm, close }: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      // What it does may be shown above it.
      closeOnClickOutside={!busy}
      closeOnEscape={!busy}
      title={title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Text size="sm">{text}</Text>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          {t('action.cancel')}
        </Button>
        <Button color="red" loading={busy} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
