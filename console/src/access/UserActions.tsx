/** What can be done to a whole user: invite anew, a link for a new password, disable, let in again. */
import { Button, Modal, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type User } from '../api/client';
import { useMe } from '../identity/session';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { dateTime } from '../shared/format';
import { Once } from '../shared/Once';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { useWeighed } from '../shared/useWeighed';

export function UserActions({ user }: { user: User }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  const client = useQueryClient();
  const toast = useToast();
  const [disabling, setDisabling] = useState(false);
  const [resetting, setResetting] = useState(false);
  const change = useWeighed({
    mutationFn: ({ state, reason }: { state: User['state']; reason?: string | undefined }) =>
      api.users.change(user.id, user.version, { state, ...(reason ? { reason } : {}) }),
    onSuccess: (changed) => {
      setDisabling(false);
      client.setQueryData(['user', user.id], changed);
      void client.invalidateQueries({ queryKey: ['users'] });
      toast.done(t('state.saved'));
    },
    onError: (error) => {
      toast.failed(error);
      void client.invalidateQueries({ queryKey: ['user', user.id] });
    },
  });
  const invite = useMutation({
    mutationFn: () => api.users.renewInvitation(user.id),
    onError: toast.failed,
  });
  const reset = useMutation({
    mutationFn: (reason?: string) => api.users.resetSecondFactor(user.id, reason),
    onSuccess: async () => {
      setResetting(false);
      toast.done(t('users.second_factor_reset'));
      await client.invalidateQueries({ queryKey: ['user', user.id] });
    },
    onError: (error) => {
      setResetting(false);
      toast.failed(error);
    },
  });
  return (
    <>
      {user.second_factor && user.id !== me.user.id && (
        <Button variant="default" onClick={() => setResetting(true)}>
          {t('users.reset_second_factor')}
        </Button>
      )}
      <ConfirmDialog
        opened={resetting}
        title={t('users.reset_title', { name: user.name })}
        text={t('users.reset_text')}
        action={t('users.reset_second_factor')}
        busy={reset.isPending}
        asksWhy
        onConfirm={(reason) => reset.mutate(reason)}
        close={() => setResetting(false)}
      />
      {user.inactive && (
        <Button
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate({ state: 'active' })}
        >
          {t('users.let_in')}
        </Button>
      )}
      {user.state === 'invited' && (
        <Button variant="default" loading={invite.isPending} onClick={() => invite.mutate()}>
          {t('invite.again')}
        </Button>
      )}
      {user.state === 'active' && user.id !== me.user.id && (
        <Button variant="default" loading={invite.isPending} onClick={() => invite.mutate()}>
          {t('invite.password')}
        </Button>
      )}
      {user.state === 'disabled' ? (
        <Button
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate({ state: 'active' })}
        >
          {t('users.enable')}
        </Button>
      ) : (
        user.id !== me.user.id && (
          <Button variant="default" onClick={() => setDisabling(true)}>
            {t('users.disable')}
          </Button>
        )
      )}
      <ConfirmDialog
        opened={disabling}
        title={t('users.disable_title', { name: user.name })}
        text={t('users.disable_text')}
        action={t('users.disable')}
        busy={change.isPending}
        asksWhy
        onConfirm={(reason) => change.mutate({ state: 'disabled', reason })}
        close={() => setDisabling(false)}
      />
      <Modal
        opened={invite.data !== undefined}
        onClose={() => invite.reset()}
        title={t(user.state === 'active' ? 'invite.password' : 'invite.again')}
        size={520}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        {invite.data &&
          (invite.data.invitation_link === null ? (
            <Text role="status">
              {t('invite.password_sent', {
                address: invite.data.sent_to ?? '',
                until: dateTime(invite.data.expires_at, locale),
              })}
            </Text>
          ) : (
            <Once
              title={t(user.state === 'active' ? 'invite.password_made' : 'invite.made', { name: user.name })}
              text={t(invite.data.sent_to === null ? 'invite.once' : 'invite.sent', {
                until: dateTime(invite.data.expires_at, locale),
                address: invite.data.sent_to ?? '',
              })}
              secret={invite.data.invitation_link}
            />
          ))}
      </Modal>
    </>
  );
}
