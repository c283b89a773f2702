/** Sends a test mail by the mail server that is saved, and shows what that answered. It changes nothing. */
import { Alert, Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { messageOf } from '../shared/toast';
import classes from './SettingsPage.module.css';

/** `ready` says that there is a mail server and nothing unsaved. */
export function MailTest({ ready }: { ready: boolean }) {
  const { t } = useTranslation();
  const test = useMutation({ mutationFn: api.settings.testMail });
  return (
    <div className={classes.test}>
      <Button variant="default" loading={test.isPending} disabled={!ready} onClick={() => test.mutate()}>
        {t('mail_test.action')}
      </Button>
      <Text size="xs" c="dimmed" mt={6}>
        {t(ready ? 'mail_test.hint' : 'mail_test.not_yet')}
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
          title={t(test.data.taken ? 'mail_test.taken' : 'mail_test.failed', { address: test.data.address })}
        >
          <Text size="sm">{t('mail_test.answer', { answer: test.data.answer })}</Text>
        </Alert>
      )}
    </div>
  );
}
