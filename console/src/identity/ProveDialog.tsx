/**
 * Asks somebody who is signed in to prove anew who they are, when a sensitive change needs it: by a passkey, a
 * code of their app or one that is sent to them, or by their password where they have none of these. It knows nothing of the change.
 */
import { Alert, Button, Divider, Group, Loader, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Proof } from '../api/client';
import { showPasskey } from '../api/passkey';
import { fieldErrorsOf } from '../api/problem';
import { whenProofIsNeeded } from '../api/proving';
import { messageOf } from '../shared/toast';
import { CodeInput, OtherWays, type Way, waysOf } from './Code';
import { SendCode } from './SendCode';
import { usePasskeys } from './usePasskeys';

/** The way of those who came in through a provider: away from this page and back. */
function ProveThere({ name, also }: { name: string; also: boolean }) {
  const { t } = useTranslation();
  const go = useMutation({
    mutationFn: () => api.session.proveThere(`${window.location.pathname}${window.location.search}`),
    onSuccess: (address) => window.location.assign(address),
  });
  return (
    <>
      <Text size="sm">{t('sso.prove.text', { name })}</Text>
      <Text size="sm" c="dimmed">
        {t('sso.prove.lost')}
      </Text>
      {go.error && (
        <Alert color="red" role="alert">
          {messageOf(go.error, t)}
        </Alert>
      )}
      <Button
        loading={go.isPending || go.isSuccess}
        onClick={() => go.mutate()}
        {...(also ? { variant: 'default' } : { 'data-autofocus': true })}
      >
        {t('sso.prove.action', { name })}
      </Button>
      {also && <Divider label={t('sso.prove.or')} />}
    </>
  );
}

/** The place where proofs are asked for; several changes at once wait for one. */
export function ProveDialogs() {
  const [waiting, setWaiting] = useState<((proven: boolean) => void)[]>([]);
  useEffect(() => {
    const open = new Set<(proven: boolean) => void>();
    const takeBack = whenProofIsNeeded(
      () =>
        new Promise<boolean>((resolve) => {
          const over = (proven: boolean) => {
            open.delete(over);
            resolve(proven);
          };
          open.add(over);
          setWaiting((list) => [...list, over]);
        }),
    );
    return () => {
      takeBack();
      for (const over of open) over(false);
    };
  }, []);
  const over = (proven: boolean) => {
    for (const one of waiting) one(proven);
    setWaiting([]);
  };
  return waiting.length > 0 && <ProveDialog over={over} />;
}

function ProveDialog({ over }: { over: (proven: boolean) => void }) {
  const { t } = useTranslation();
  const account = useQuery({ queryKey: ['account'], queryFn: api.account.get, staleTime: 0 });
  const passkeys = usePasskeys();
  const [chosen, setChosen] = useState<Way | null>(null);
  const [typed, setTyped] = useState('');
  const [sent, setSent] = useState(false);
  const prove = useMutation({
    mutationFn: async (proof: Proof | 'passkey') => {
      if (typeof proof === 'object') return api.session.prove(proof);
      return api.session.prove({ passkey: await showPasskey(await api.session.askPasskeyToProve()) });
    },
    onSuccess: () => over(true),
  });
  const wrong = fieldErrorsOf(prove.error);
  const hasFactor = (account.data?.factors.length ?? 0) > 0;
  const sentBy = account.data?.code_sent_by ?? null;
  const waits = sentBy !== null;
  const hasCodes = (account.data?.recovery_codes_left ?? 0) > 0;
  const factors = account.data?.factors.map((factor) => factor.kind) ?? [];
  const ways = waysOf(factors, passkeys, waits).filter((one) => one !== 'recovery_code' || hasCodes);
  const way: Way = chosen ?? ways[0] ?? 'code';
  const shows = hasFactor || waits;
  const byPasskey = shows && way === 'passkey';
  const bySentCode = waits && way === 'code';
  const unplaced = Object.keys(wrong).filter((field) => field !== 'passkey').length === 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!shows) prove.mutate({ password: typed });
    else if (way === 'passkey') prove.mutate('passkey');
    else if (way === 'code') prove.mutate({ code: typed });
    else prove.mutate({ recovery_code: typed });
  };
  const type = (value: string) => {
    prove.reset();
    setTyped(value);
  };
  const through = account.data?.came_through ?? null;
  const cannot = account.data && (shows ? ways.length === 0 : !account.data.password_proves);
  return (
    <Modal
      opened
      onClose={() => over(false)}
      title={t('prove.title')}
      size={440}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{cannot && through === null ? t('prove.cannot') : t('prove.text')}</Text>
          {account.isPending && <Loader size="sm" aria-label={t('state.loading')} />}
          {account.error && (
            <Alert color="red" role="alert">
              {messageOf(account.error, t)}
            </Alert>
          )}
          {through !== null && <ProveThere name={through} also={!cannot} />}
          {prove.error && unplaced && (
            <Alert color="red" role="alert">
              {wrong['passkey'] ?? messageOf(prove.error, t)}
            </Alert>
          )}
          {account.data && !cannot && !shows && (
            <PasswordInput
              label={t('field.password')}
              autoComplete="current-password"
              required
              withAsterisk={false}
              data-autofocus
              value={typed}
              error={wrong['password']}
              onChange={(event) => type(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
            />
          )}
          {shows && !cannot && (
            <>
              {bySentCode && <SendCode send={api.session.sendProof} onSent={() => setSent(true)} />}
              {way !== 'passkey' && (!bySentCode || sent) && (
                <CodeInput
                  kind={way}
                  sentBy={bySentCode ? sentBy : null}
                  value={typed}
                  error={wrong[way]}
                  onChange={type}
                />
              )}
              <OtherWays
                ways={ways}
                way={way}
                onChange={(other) => {
                  type('');
                  setChosen(other);
                }}
              />
            </>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => over(false)}>
              {t('action.cancel')}
            </Button>
            {account.data && !cannot && (
              <Button
                type="submit"
                data-autofocus={byPasskey || undefined}
                loading={prove.isPending}
                disabled={!byPasskey && typed === ''}
              >
                {t(byPasskey ? 'passkeys.show' : 'prove.action')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
