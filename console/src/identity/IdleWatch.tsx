/**
 * Says before a session ends for idleness, and keeps it open while somebody works or listens without asking the
 * server anything. How long it may be idle the server measures. It knows nothing of pages.
 */
import { Button, Group, Modal, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { noteActivity, noteIdleEnd, onActivity, serverNow } from '../api/activity';
import { sessionKey, useMe } from './session';

/** So long before the end it is said. */
export const warnMs = 60_000;
/** Work without requests is told to the server so often. */
const tellMs = 60_000;

export function IdleWatch() {
  const { t } = useTranslation();
  const endsAt = useMe().session_idle_ends_at;
  const client = useQueryClient();
  const [leftMs, setLeftMs] = useState<number | null>(null);

  useEffect(() => {
    let told = Date.now();
    return onActivity(() => {
      if (Date.now() - told < tellMs) return;
      told = Date.now();
      void client.refetchQueries({ queryKey: sessionKey });
    });
  }, [client]);

  useEffect(() => {
    if (!endsAt) return;
    const left = () => Date.parse(endsAt) - serverNow();
    let looked = false;
    const look = () => {
      if (left() > warnMs) {
        noteIdleEnd(false);
        setLeftMs(null);
        return;
      }
      // Perhaps another window or node was used meanwhile: the server knows.
      if (!looked) {
        looked = true;
        void client.refetchQueries({ queryKey: sessionKey });
      }
      setLeftMs(Math.max(0, left()));
      const over = left() < -1000;
      noteIdleEnd(over);
      if (over) void client.refetchQueries({ queryKey: sessionKey });
    };
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [endsAt, client]);

  const stay = () => {
    noteActivity();
    setLeftMs(null);
    void client.refetchQueries({ queryKey: sessionKey });
  };
  return (
    <Modal
      opened={leftMs !== null}
      onClose={stay}
      title={t('idle.title')}
      closeButtonProps={{ 'aria-label': t('idle.stay') }}
    >
      <Text size="sm" role="timer">
        {t('idle.text', { count: Math.ceil((leftMs ?? 0) / 1000) })}
      </Text>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button onClick={stay} data-autofocus>
          {t('idle.stay')}
        </Button>
      </Group>
    </Modal>
  );
}
