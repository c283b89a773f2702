/** Tries what a program or a directory comes in with, from this browser. The text is sent once, and kept nowhere. */
import { Alert, Button, Group, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { messageOf } from '../shared/toast';

interface Props {
  kind: 'key' | 'token';
}

export function KeyTest({ kind }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const test = useMutation({
    mutationFn: (shown: string) => (kind === 'key' ? api.apiKeys.test(shown) : api.directories.test(shown)),
    onSettled: () => setText(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate(text.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs" mt="sm">
        <PasswordInput
          id={id}
          label={t(`key_test.${kind}.label`)}
          autoComplete="off"
          spellCheck={false}
          w={{ base: '100%', xs: 320 }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={test.isPending} disabled={text.trim() === ''}>
          {t(`key_test.${kind}.action`)}
        </Button>
      </Group>
      {test.error && (
        <Alert color="red" role="alert" mt="sm" title={t(`key_test.${kind}.refused`)}>
          {messageOf(test.error, t)}
        </Alert>
      )}
      {test.isSuccess && (
        <Alert color="keep" variant="light" role="status" mt="sm">
          {test.data ? t('key_test.accepted_as', { name: test.data }) : t('key_test.accepted')}
        </Alert>
      )}
    </form>
  );
}
