/**
 * One's own account: the password, second factors, sessions.
 * It keeps no secret, and knows nothing of other people's accounts.
 */
import { Alert, Button, Group, PasswordInput, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, api } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { date, exactTime } from '../shared/format';
import { Page, Panel } from '../shared/Page';
import { ErrorState } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { accountKey, FactorsPanel } from './FactorsPanel';
import { NewPasswordInput } from './NewPasswordInput';
import { OwnPhone } from './OwnPhone';
import { useMe } from './session';
import { SessionsPanel } from './SessionsPanel';

export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  const account = useQuery({ queryKey: accountKey, queryFn: api.account.get });
  return (
    <Page title={t('account.title')} subtitle={me.user.email}>
      {account.error && <ErrorState error={account.error} retry={() => void account.refetch()} />}
      {account.isPending && <Skeleton height={240} radius="lg" />}
      {account.data && (
        <Stack gap="md">
          <PasswordPanel account={account.data} />
          <FactorsPanel account={account.data} />
          {(account.data.has_text_messages || account.data.phone !== null) && (
            <OwnPhone account={account.data} />
          )}
          <SessionsPanel
            title={t('sessions.own')}
            queryKey={['account', 'sessions']}
            read={api.account.sessions}
            end={(sessionId) => api.account.endSession(sessionId)}
            endAll={api.account.endOtherSessions}
          />
        </Stack>
      )}
    </Page>
  );
}

function PasswordPanel({ account }: { account: Account }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => api.account.changePassword(current, next),
    onSuccess: async () => {
      setCurrent('');
      setNext('');
      toast.done(t('account.password_changed'));
      await client.invalidateQueries({ queryKey: accountKey });
    },
  });
  const wrong = fieldErrorsOf(change.error);
  const from = account.password_changeable_from;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Panel title={t('account.password')}>
      <Text size="sm" c="dimmed" mb="md">
        {account.password_set_at === null
          ? t('account.no_password')
          : t('account.password_since', { day: date(account.password_set_at, locale) })}
        {account.password_expires_at !== null &&
          ` ${t('account.password_until', { day: date(account.password_expires_at, locale) })}`}
      </Text>
      {account.password_set_at !== null && from !== null && (
        <Text size="sm">{t('account.too_new', { when: exactTime(from, locale) })}</Text>
      )}
      {account.password_set_at !== null && from === null && (
        <form onSubmit={submit}>
          <Stack gap="md" maw={420}>
            {change.error && Object.keys(wrong).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(change.error, t)}
              </Alert>
            )}
            <PasswordInput
              label={t('account.current_password')}
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={current}
              error={wrong['current_password']}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
            />
            <NewPasswordInput
              value={next}
              min={account.password_characters_min}
              error={wrong['new_password']}
              onChange={setNext}
            />
            <Text size="xs" c="dimmed">
              {t('account.others_end')}
            </Text>
            <Group>
              <Button type="submit" loading={change.isPending} disabled={current === '' || next === ''}>
                {t('account.change_password')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Panel>
  );
}
