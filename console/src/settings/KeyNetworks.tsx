/** From where a key may be used: typed, tested, changed. */
import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type ApiKey } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { ListInput } from '../shared/ListInput';
import { messageOf, useToast } from '../shared/toast';
import { KeyAddressTest } from './AddressTest';
import { keysKey } from './queries';

interface FieldsProps {
  networks: string[];
  error: string | undefined;
  setNetworks: (networks: string[]) => void;
}

export function KeyNetworkFields({ networks, error, setNetworks }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <ListInput
        label={t('keys_page.networks')}
        description={t('keys_page.networks_hint')}
        example="192.0.2.0/24"
        value={networks}
        error={error}
        onChange={setNetworks}
      />
      {networks.length > 0 && <KeyAddressTest draft={networks} />}
    </>
  );
}

export function KeyNetworksDialog({ apiKey, close }: { apiKey: ApiKey; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [networks, setNetworks] = useState(apiKey.networks);
  const change = useMutation({
    mutationFn: () => api.apiKeys.changeNetworks(apiKey.id, networks),
    onSuccess: async () => {
      close();
      toast.done(t('keys_page.networks_changed'));
      await client.invalidateQueries({ queryKey: keysKey });
    },
  });
  const refused = fieldErrorsOf(change.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      title={t('keys_page.networks_named', { name: apiKey.name })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Stack gap="md">
          {change.error && Object.keys(refused).length === 0 && (
            <Alert color="red" role="alert">
              {messageOf(change.error, t)}
            </Alert>
          )}
          <KeyNetworkFields
            networks={networks}
            error={refused['networks']}
            setNetworks={(typed) => {
              change.reset();
              setNetworks(typed);
            }}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
