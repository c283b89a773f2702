/** Making an API key: what it may do, from where, until when. Its text is shown once. */
import { Alert, Button, Group, Modal, MultiSelect, Radio, Select, Stack, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { useWeighed } from '../shared/useWeighed';
import { KeyNetworkFields } from './KeyNetworks';
import { EndFields, endOf, expiryDaysAtFirst, KeyText } from './KeyParts';
import { keysKey } from './queries';

export function NewKeyDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const [name, setName] = useState('');
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  const [of, setOf] = useState<'role' | 'user'>('role');
  const [role, setRole] = useState<string | null>(null);
  const [user, setUser] = useState<string | null>(null);
  const rights = of === 'role' ? role : user;
  const [days, setDays] = useState<number | string>(expiryDaysAtFirst);
  const [never, setNever] = useState(false);
  const [scopes, setScopes] = useState<string[]>([]);
  const [networks, setNetworks] = useState<string[]>([]);
  const permissions = useQuery({ queryKey: ['access-matrix'], queryFn: api.matrix, staleTime: 60_000 });
  const create = useWeighed({
    mutationFn: () =>
      api.apiKeys.create({
        name: name.trim(),
        ...(of === 'role' ? { role: role ?? '' } : { acts_for: user ?? '' }),
        ...(scopes.length > 0 ? { scopes } : {}),
        networks,
        ...endOf(days, never),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  });
  const refused = fieldErrorsOf(create.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      // What it does may be shown above it.
      closeOnClickOutside={!create.data && !create.isPending}
      closeOnEscape={!create.isPending}
      title={t('keys_page.create')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {create.data ? (
        <KeyText id={create.data.id} secret={create.data.key} close={close} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack gap="md">
            {create.error && Object.keys(refused).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(create.error, t)}
              </Alert>
            )}
            <TextInput
              label={t('keys_page.name')}
              description={t('keys_page.name_hint')}
              required
              withAsterisk={false}
              data-autofocus
              value={name}
              error={refused['name']}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Radio.Group
              label={t('keys_page.rights')}
              value={of}
              onChange={(chosen) => setOf(chosen === 'user' ? 'user' : 'role')}
            >
              <Group mt={6}>
                <Radio value="role" label={t('keys_page.of_role')} />
                <Radio value="user" label={t('keys_page.of_user')} />
              </Group>
            </Radio.Group>
            {of === 'role' ? (
              <Select
                label={t('keys_page.role')}
                description={t('keys_page.role_hint')}
                data={(roles.data?.items ?? []).map((entry) => ({ value: entry.key, label: entry.name }))}
                value={role}
                error={refused['role']}
                onChange={setRole}
              />
            ) : (
              <Select
                label={t('keys_page.user')}
                description={t('keys_page.user_hint')}
                searchable
                nothingFoundMessage={t('filter.nothing')}
                data={(directory.data?.users ?? []).map((entry) => ({ value: entry.id, label: entry.name }))}
                value={user}
                error={refused['acts_for']}
                onChange={setUser}
              />
            )}
            <MultiSelect
              label={t('keys_page.scopes')}
              description={t('keys_page.scopes_hint')}
              searchable
              clearable
              nothingFoundMessage={t('filter.nothing')}
              data={(permissions.data?.rows ?? [])
                .filter((row) => row.available)
                .map((row) => ({ value: row.permission, label: row.meaning }))}
              value={scopes}
              error={refused['scopes']}
              onChange={setScopes}
            />
            <KeyNetworkFields networks={networks} error={refused['networks']} setNetworks={setNetworks} />
            <EndFields
              days={days}
              never={never}
              error={refused['expires_in_days']}
              setDays={setDays}
              setNever={setNever}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                {t('action.cancel')}
              </Button>
              <Button type="submit" loading={create.isPending} disabled={!name.trim() || !rights}>
                {t('keys_page.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
