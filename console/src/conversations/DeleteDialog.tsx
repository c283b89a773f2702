/** Erasing a conversation: says what is lost for good, and asks for a typed word. */
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type ConversationDetail } from '../api/client';
import { ReasonField, said } from '../shared/ReasonField';
import { messageOf, useToast } from '../shared/toast';

interface DeleteDialogProps {
  conversation: ConversationDetail;
  opened: boolean;
  close: () => void;
}

export function DeleteDialog({ conversation, opened, close }: DeleteDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const word = t('delete.word');
  const erase = useMutation({
    mutationFn: () => api.conversations.delete(conversation.id, conversation.version, said(reason)),
    onSuccess: () => {
      close();
      toast.done(t('delete.done'));
      void client.invalidateQueries({ queryKey: ['conversation', conversation.id] });
      void client.invalidateQueries({ queryKey: ['conversations'] });
    },
  });
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('delete.title')}
      size={500}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim().toLowerCase() === word) erase.mutate();
        }}
      >
        <Stack gap="md">
          <Alert
            color="red"
            variant="light"
            icon={<IconAlertTriangle size={18} aria-hidden />}
            title={t('delete.warning')}
          >
            <Text size="sm">{t('delete.text')}</Text>
          </Alert>
          {erase.error && (
            <Alert color="red" role="alert">
              {messageOf(erase.error, t)}
            </Alert>
          )}
          <ReasonField reason={reason} setReason={setReason} />
          <TextInput
            label={t('delete.confirm', { word })}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button
              type="submit"
              color="red"
              disabled={typed.trim().toLowerCase() !== word}
              loading={erase.isPending}
            >
              {t('delete.action_final')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
