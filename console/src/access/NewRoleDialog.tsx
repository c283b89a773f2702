/** Makes a role: empty, a copy of another, or for auditors. Its lines are set on its page afterwards. */
import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Role } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { useWeighed } from '../shared/useWeighed';

export type RoleStart = { base: 'empty' } | { base: 'clone'; of: Role };

const EMPTY = '';
const AUDITOR = 'template:auditor';

export function NewRoleDialog({ start, close }: { start: RoleStart; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const [base, setBase] = useState(start.base === 'clone' ? start.of.key : EMPTY);
  const [name, setName] = useState(start.base === 'clone' ? t('roles.copy_of', { name: start.of.name }) : '');
  const create = useWeighed({
    mutationFn: () =>
      api.role.create({
        name: name.trim(),
        ...(base === AUDITOR ? { template: 'auditor' as const } : {}),
        ...(base !== AUDITOR && base !== EMPTY ? { clone_of: base } : {}),
      }),
    onSuccess: (role) => {
      client.setQueryData(['role', role.key], role);
      void client.invalidateQueries({ queryKey: ['roles'] });
      void navigate({ to: `/roles/${role.key}` });
    },
  });
  const refused = fieldErrorsOf(create.error);
  return (
    <Modal
      opened
      onClose={close}
      closeOnClickOutside={!create.isPending}
      closeOnEscape={!create.isPending}
      title={t('roles.create')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack gap="sm">
          {create.error && !refused['name'] && (
            <Alert variant="light" color="red" role="alert">
              {messageOf(create.error, t)}
            </Alert>
          )}
          <TextInput
            label={t('roles.name')}
            maxLength={80}
            data-autofocus
            value={name}
            error={refused['name']}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('roles.base')}
            allowDeselect={false}
            data={[
              { value: EMPTY, label: t('roles.base_empty') },
              { value: AUDITOR, label: t('roles.base_auditor') },
              ...(roles.data?.items ?? []).map((role) => ({
                value: role.key,
                label: t('roles.base_clone', { name: role.name }),
              })),
            ]}
            value={base}
            onChange={(next) => setBase(next ?? EMPTY)}
          />
          <Text size="sm" c="dimmed">
            {t(base === AUDITOR ? 'roles.auditor_text' : 'roles.base_text')}
          </Text>
        </Stack>
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button variant="default" onClick={close}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
            {t('roles.make')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
