/** One's own phone number: typed, and confirmed by the code that is sent there. It keeps no code. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Account } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { Panel } from '../shared/Page';
import { useToast } from '../shared/toast';
import { CodeInput } from './Code';
import { accountKey } from './FactorsPanel';
import { PhonePanel } from './PhonePanel';

export function OwnPhone({ account }: { account: Account }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [code, setCode] = useState('');
  const [other, setOther] = useState(false);
  const changed = () => client.invalidateQueries({ queryKey: accountKey });
  const confirm = useMutation({
    mutationFn: () => api.account.confirmPhone(code),
    onSuccess: async () => {
      setCode('');
      toast.done(t('phone.saved'));
      await changed();
    },
    onError: (error) => {
      if (fieldErrorsOf(error)['code'] === undefined) toast.failed(error);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  if (account.phone_waiting === null || other) {
    return (
      <PhonePanel
        phone={account.phone}
        confirmed={account.phone_confirmed}
        text={t('phone.own')}
        done={t('phone.sent')}
        set={async (number) => {
          await api.account.claimPhone(number);
          setOther(false);
        }}
        remove={() => api.account.removePhone()}
        changed={changed}
      />
    );
  }
  return (
    <Panel title={t('phone.title')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" role="status">
            {t('phone.waiting', { number: account.phone_waiting })}
          </Text>
          <CodeInput
            kind="code"
            value={code}
            error={fieldErrorsOf(confirm.error)['code']}
            sentBy="sms"
            onChange={(typed) => {
              confirm.reset();
              setCode(typed);
            }}
          />
          <Group gap="xs">
            <Button type="submit" loading={confirm.isPending} disabled={code.trim() === ''}>
              {t('phone.confirm')}
            </Button>
            <Button variant="default" onClick={() => setOther(true)}>
              {t('phone.other')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
