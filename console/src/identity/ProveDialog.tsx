/**
 * Asks somebody who is signed in to prove anew who they are, when a sensitive change needs it: by a code of their app,
 * or by their password where they have none. It knows nothing of the change.
 */
import { Alert, Button, Group, Loader, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Proof } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { whenProofIsNeeded } from '../api/proving';
import { messageOf } from '../shared/toast';
import { CodeInput, type CodeKind, OtherKind } from './Code';

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
  const [kind, setKind] = useState<CodeKind>('code');
  const [typed, setTyped] = useState('');
  const prove = useMutation({
    mutationFn: (proof: Proof) => api.session.prove(proof),
    onSuccess: () => over(true),
  });
  const wrong = fieldErrorsOf(prove.error);
  const hasFactor = (account.data?.factors.length ?? 0) > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!hasFactor) prove.mutate({ password: typed });
    else if (kind === 'code') prove.mutate({ code: typed });
    else prove.mutate({ recovery_code: typed });
  };
  const type = (value: string) => {
    prove.reset();
    setTyped(value);
  };
  const cannot = account.data && !hasFactor && account.data.password_set_at === null;
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
          <Text size="sm">{cannot ? t('prove.cannot') : t('prove.text')}</Text>
          {account.isPending && <Loader size="sm" aria-label={t('state.loading')} />}
          {account.error && (
            <Alert color="red" role="alert">
              {messageOf(account.error, t)}
            </Alert>
          )}
          {prove.error && Object.keys(wrong).length === 0 && (
            <Alert color="red" role="alert">
              {messageOf(prove.error, t)}
            </Alert>
          )}
          {account.data && !cannot && !hasFactor && (
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
          {hasFactor && (
            <>
              <CodeInput kind={kind} value={typed} error={wrong[kind]} onChange={type} />
              <OtherKind
                kind={kind}
                onChange={(other) => {
                  type('');
                  setKind(other);
                }}
              />
            </>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => over(false)}>
              {t('action.cancel')}
            </Button>
            {account.data && !cannot && (
              <Button type="submit" loading={prove.isPending} disabled={typed === ''}>
                {t('prove.action')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
