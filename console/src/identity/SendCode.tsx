/** Has a code sent, and says where it went. It keeps no code. */
import { Alert, Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CodeSent } from '../api/client';
import { timeOfDay } from '../shared/format';
import { messageOf } from '../shared/toast';
import { useLocale } from '../shared/useLocale';

interface Props {
  send: () => Promise<CodeSent>;
  /** Told once a code is on its way. */
  onSent: () => void;
}

export function SendCode({ send, onSent }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const sending = useMutation({ mutationFn: send, onSuccess: onSent });
  return (
    <>
      {sending.error && (
        <Alert color="red" variant="light" role="alert">
          {messageOf(sending.error, t)}
        </Alert>
      )}
      {sending.data && (
        <Text size="sm" role="status">
          {t('sent_code.sent', {
            to: sending.data.to,
            until: timeOfDay(sending.data.expires_at, locale),
          })}
        </Text>
      )}
      <Button
        variant={sending.data ? 'default' : 'filled'}
        loading={sending.isPending}
        onClick={() => sending.mutate()}
      >
        {t(sending.data ? 'sent_code.again' : 'sent_code.action')}
      </Button>
    </>
  );
}
