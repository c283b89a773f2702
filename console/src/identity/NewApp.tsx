/** Setting an authenticator app up on one's own account: what it needs, and the first code of it. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Enrolment } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { CodeInput } from './Code';
import { EnrolmentSteps } from './Enrolment';

interface NewAppProps {
  enrolment: Enrolment;
  close: () => void;
  done: (recoveryCodes: string[]) => void;
}

export function NewApp({ enrolment, close, done }: NewAppProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => api.account.confirmApp(code),
    onSuccess: (made) => done(made.recovery_codes),
  });
  const wrong = fieldErrorsOf(confirm.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t('account.add_app')}
      size={560}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{t('steps.enrolment.text')}</Text>
          {confirm.error && Object.keys(wrong).length === 0 && (
            <Alert color="red" role="alert">
              {messageOf(confirm.error, t)}
            </Alert>
          )}
          <EnrolmentSteps enrolment={enrolment} />
          <CodeInput
            kind="code"
            value={code}
            error={wrong['code']}
            onChange={(value) => {
              confirm.reset();
              setCode(value);
            }}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={confirm.isPending} disabled={code.trim() === ''}>
              {t('account.confirm_app')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
