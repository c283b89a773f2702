/** One's own second factors: passkeys, authenticator apps and recovery codes. It keeps no secret. */
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconDeviceMobile, IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, api, type Factor } from '../api/client';
import { makePasskey } from '../api/passkey';
import { fieldErrorsOf } from '../api/problem';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { ago, date } from '../shared/format';
import { Panel } from '../shared/Page';
import { messageOf, useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import classes from './identity.module.css';
import { NewApp } from './NewApp';
import { RecoveryCodes } from './RecoveryCodes';
import { useMay } from './session';
import { deviceName, usePasskeys } from './usePasskeys';

export const accountKey = ['account'];

/** What the server calls an app whose owner gave it no name. */
const unnamed = 'Authenticator app';

export function FactorsPanel({ account }: { account: Account }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const passkeys = usePasskeys();
  const [open, setOpen] = useState<'passkey' | { remove: Factor } | { rename: Factor } | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const refresh = () => client.invalidateQueries({ queryKey: accountKey });
  const begin = useMutation({ mutationFn: api.account.beginApp, onError: toast.failed });
  const remove = useMutation({
    mutationFn: (id: string) => api.account.removeFactor(id),
    onSuccess: async () => {
      setOpen(null);
      toast.done(t('account.factor_removed'));
      await refresh();
    },
    onError: (error) => {
      setOpen(null);
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
  const added = (made: string[]) => {
    begin.reset();
    setOpen(null);
    setCodes(made);
    toast.done(t('account.factor_added'));
    void refresh();
  };
  const has = account.factors.length > 0;
  // Where people sign in through providers alone, recovery codes are the way back of those who can change that.
  const keepsCodes = useMay()('security_settings.manage') || has;
  const removed = open !== null && typeof open === 'object' && 'remove' in open ? open.remove : null;
  return (
    <Panel
      title={t('account.factors')}
      actions={
        <Group gap="xs">
          {passkeys && (
            <Button
              variant={has ? 'default' : 'filled'}
              leftSection={<IconPlus size={17} aria-hidden />}
              onClick={() => setOpen('passkey')}
            >
              {t('passkeys.add')}
            </Button>
          )}
          {account.has_apps && (
            <Button
              variant={has || passkeys ? 'default' : 'filled'}
              leftSection={<IconPlus size={17} aria-hidden />}
              loading={begin.isPending}
              onClick={() => begin.mutate()}
            >
              {t('account.add_app')}
            </Button>
          )}
        </Group>
      }
    >
      <Text size="sm" c="dimmed">
        {t(
          has
            ? 'account.factors_text'
            : account.code_sent_by
              ? `sent_code.account.${account.code_sent_by}`
              : account.second_factor_asked
                ? 'account.factor_asked'
                : account.has_apps
                  ? 'account.no_factors'
                  : 'account.no_apps',
        )}
        {passkeys && ` ${t('passkeys.text')}`}
      </Text>
      {keepsCodes && (
        <ul className={classes.factors}>
          {account.factors.map((factor) => (
            <FactorLine
              key={factor.id}
              factor={factor}
              rename={() => setOpen({ rename: factor })}
              remove={() => setOpen({ remove: factor })}
            />
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
      {open === 'passkey' && <NewPasskeyDialog close={() => setOpen(null)} done={added} />}
      {open !== null && typeof open === 'object' && 'rename' in open && (
        <RenameDialog
          factor={open.rename}
          close={() => setOpen(null)}
          done={() => {
            setOpen(null);
            void refresh();
          }}
        />
      )}
      {begin.data && <NewApp enrolment={begin.data} close={() => begin.reset()} done={added} />}
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
        opened={removed !== null}
        title={t(removed?.kind === 'passkey' ? 'passkeys.remove_title' : 'account.remove_title')}
        text={t(removed?.kind === 'passkey' ? 'passkeys.remove_text' : 'account.remove_text')}
        action={t('action.remove')}
        busy={remove.isPending}
        onConfirm={() => removed && remove.mutate(removed.id)}
        close={() => setOpen(null)}
      />
    </Panel>
  );
}

function useFactorName() {
  const { t } = useTranslation();
  return (factor: Factor) => (factor.name === unnamed ? t('account.app') : factor.name);
}

function FactorLine({ factor, rename, remove }: { factor: Factor; rename: () => void; remove: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const name = useFactorName()(factor);
  const day = date(factor.created_at, locale);
  const Icon = factor.kind === 'passkey' ? IconKey : IconDeviceMobile;
  return (
    <li>
      <Group gap="sm" wrap="nowrap">
        <Icon size={20} aria-hidden />
        <div>
          <Text size="sm" fw={550} className={classes.name}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {t('account.factor_facts', {
              kind: t(factor.kind === 'passkey' ? 'passkeys.one' : 'account.app'),
              day,
              used: factor.used_at ? ago(factor.used_at, locale, new Date()) : t('users.never'),
            })}
          </Text>
        </div>
      </Group>
      <Group gap={6} justify="flex-end">
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('account.rename_factor', { name, day })}
          onClick={rename}
        >
          {t('account.rename')}
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('account.remove_factor', { name, day })}
          onClick={remove}
        >
          {t('action.remove')}
        </Button>
      </Group>
    </li>
  );
}

interface NameDialogProps {
  title: string;
  text: string;
  action: string;
  first: string;
  send: (name: string) => Promise<void>;
  close: () => void;
}

/** Asks for a name, and does with it what is to be done. */
function NameDialog({ title, text, action, first, send, close }: NameDialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(first);
  const sending = useMutation({ mutationFn: () => send(name.trim()) });
  const wrong = fieldErrorsOf(sending.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    sending.mutate();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      size={460}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{text}</Text>
          {sending.error && wrong['name'] === undefined && (
            <Alert color="red" role="alert">
              {wrong['passkey'] ?? messageOf(sending.error, t)}
            </Alert>
          )}
          <TextInput
            label={t('passkeys.name')}
            description={t('passkeys.name_hint')}
            required
            withAsterisk={false}
            data-autofocus
            maxLength={100}
            value={name}
            error={wrong['name']}
            onChange={(event) => {
              sending.reset();
              setName(event.currentTarget.value);
            }}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={sending.isPending} disabled={name.trim() === ''}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function NewPasskeyDialog({ close, done }: { close: () => void; done: (codes: string[]) => void }) {
  const { t } = useTranslation();
  return (
    <NameDialog
      title={t('passkeys.add')}
      text={t('passkeys.add_text')}
      action={t('passkeys.make')}
      first={deviceName()}
      close={close}
      send={async (name) => {
        const answer = await makePasskey(await api.account.askForNewPasskey());
        done((await api.account.addPasskey({ ...answer, name })).recovery_codes);
      }}
    />
  );
}

function RenameDialog({ factor, close, done }: { factor: Factor; close: () => void; done: () => void }) {
  const { t } = useTranslation();
  const name = useFactorName()(factor);
  return (
    <NameDialog
      title={t('account.rename')}
      text={t('account.rename_text', { name })}
      action={t('action.save')}
      first={name}
      close={close}
      send={async (next) => {
        await api.account.renameFactor(factor.id, next);
        done();
      }}
    />
  );
}
