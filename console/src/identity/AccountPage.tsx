/**
 * One's own account: the password, second factors, recovery codes.
 * It keeps no secret, and knows nothing of other people's accounts.
 */
import { Alert, Button, Group, Modal, PasswordInput, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlus, IconShieldCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, api, type Enrolment } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { ago, date, exactTime } from '../shared/format';
import { Page, Panel } from '../shared/Page';
import { ErrorState } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { CodeInput } from './Code';
import { EnrolmentSteps } from './Enrolment';
import classes from './identity.module.css';
import { NewPasswordInput } from './NewPasswordInput';
import { RecoveryCodes } from './RecoveryCodes';
import { useMe } from './session';
import { SessionsPanel } from './SessionsPanel';

const accountKey = ['account'];

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
          <SessionsPanel
            title={t('sessions.own')}
            queryKey={['account', 'sessions']}
            read={api.account.sessions}
            end={api.account.endSession}
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

function FactorsPanel({ account }: { account: Account }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const [removing, setRemoving] = useState<string | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const refresh = () => client.invalidateQueries({ queryKey: accountKey });
  const begin = useMutation({ mutationFn: api.account.beginApp, onError: toast.failed });
  const remove = useMutation({
    mutationFn: (id: string) => api.account.removeFactor(id),
    onSuccess: async () => {
      setRemoving(null);
      toast.done(t('account.factor_removed'));
      await refresh();
    },
    onError: (error) => {
      setRemoving(null);
      toast.failed(error);
    },
  });
  const renew = useMutation({
    mutationFn: api.account.renewRecoveryCodes,
    onSuccess: async (made) => {
      setCodes(made.recovery_codes);
      await refresh();
    },
    onError: toast.failed,
  });
  const has = account.factors.length > 0;
  const now = new Date();
  return (
    <Panel
      title={t('account.factors')}
      actions={
        <Button
          variant={has ? 'default' : 'filled'}
          leftSection={<IconPlus size={17} aria-hidden />}
          loading={begin.isPending}
          onClick={() => begin.mutate()}
        >
          {t('account.add_app')}
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        {t(
          has
            ? 'account.factors_text'
            : account.second_factor_asked
              ? 'account.factor_asked'
              : 'account.no_factors',
        )}
      </Text>
      {has && (
        <ul className={classes.factors}>
          {account.factors.map((factor) => (
            <li key={factor.id}>
              <Group gap="sm" wrap="nowrap">
                <IconShieldCheck size={20} aria-hidden />
                <div>
                  <Text size="sm" fw={550}>
                    {t('account.app')}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {t('account.app_facts', {
                      day: date(factor.created_at, locale),
                      used: factor.used_at ? ago(factor.used_at, locale, now) : t('users.never'),
                    })}
                  </Text>
                </div>
              </Group>
              <Button
                variant="default"
                size="compact-sm"
                aria-label={t('account.remove_app', { day: date(factor.created_at, locale) })}
                onClick={() => setRemoving(factor.id)}
              >
                {t('action.remove')}
              </Button>
            </li>
          ))}
          <li>
            <div>
              <Text size="sm" fw={550}>
                {t('recovery.title')}
              </Text>
              <Text size="xs" c="dimmed">
                {t('recovery.left', { count: account.recovery_codes_left })}
              </Text>
            </div>
            <Button
              variant="default"
              size="compact-sm"
              loading={renew.isPending}
              onClick={() => renew.mutate()}
            >
              {t('recovery.renew')}
            </Button>
          </li>
        </ul>
      )}
      {begin.data && (
        <NewApp
          enrolment={begin.data}
          close={() => begin.reset()}
          done={(made) => {
            begin.reset();
            setCodes(made);
            toast.done(t('account.factor_added'));
            void refresh();
          }}
        />
      )}
      <Modal
        opened={codes.length > 0}
        onClose={() => setCodes([])}
        title={t('recovery.title')}
        size={640}
        closeOnClickOutside={false}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <RecoveryCodes codes={codes} />
      </Modal>
      <ConfirmDialog
        opened={removing !== null}
        title={t('account.remove_title')}
        text={t('account.remove_text')}
        action={t('action.remove')}
        busy={remove.isPending}
        onConfirm={() => removing !== null && remove.mutate(removing)}
        close={() => setRemoving(null)}
      />
    </Panel>
  );
}

interface NewAppProps {
  enrolment: Enrolment;
  close: () => void;
  done: (recoveryCodes: string[]) => void;
}

function NewApp({ enrolment, close, done }: NewAppProps) {
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
