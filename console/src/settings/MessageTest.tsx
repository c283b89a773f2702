/** Sends a test mail or text message by the server that is saved, and shows what that answered. It changes nothing. */
import { Alert, Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { messageOf } from '../shared/toast';
import classes from './SettingsPage.module.css';

interface Props {
  kind: 'mail' | 'sms';
  /** There is a server, and nothing unsaved. */
  ready: boolean;
  /** It stands in a panel, which has room at its sides already. */
  flush?: boolean;
}

export function MessageTest({ kind, ready, flush = false }: Props) {
  const { t } = useTranslation();
  const test = useMutation({
    mutationFn: async () => {
      if (kind === 'mail') return api.settings.testMail();
      const { number, ...rest } = await api.settings.testSms();
      return { address: number, ...rest };
    },
  });
  return (
    <div className={classes.test} data-flush={flush || undefined}>
      <Button variant="default" loading={test.isPending} disabled={!ready} onClick={() => test.mutate()}>
        {t(`message_test.action.${kind}`)}
      </Button>
      <Text size="xs" c="dimmed" mt={6}>
        {t(ready ? `message_test.hint.${kind}` : `message_test.not_yet.${kind}`)}
      </Text>
      {test.error && (
        <Alert color="red" role="alert" mt="sm">
          {messageOf(test.error, t)}
        </Alert>
      )}
      {test.data && (
        <Alert
          color={test.data.taken ? 'keep' : 'red'}
          variant="light"
          role="status"
          mt="sm"
          title={t(test.data.taken ? `message_test.taken.${kind}` : `message_test.failed.${kind}`, {
            address: test.data.address,
          })}
        >
          <Text size="sm">{t('message_test.answer', { answer: test.data.answer })}</Text>
        </Alert>
      )}
    </div>
  );
}
