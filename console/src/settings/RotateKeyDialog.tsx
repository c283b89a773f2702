/** Another text for an API key. */
import { Alert, Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type ApiKey } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { EndFields, endOf, expiryDaysAtFirst, KeyText } from './KeyParts';
import { keysKey } from './queries';

export function RotateKeyDialog({ apiKey, close }: { apiKey: ApiKey; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [overlap, setOverlap] = useState<number | string>(7);
  const [days, setDays] = useState<number | string>(expiryDaysAtFirst);
  const [never, setNever] = useState(apiKey.expires_at === null);
  const rotate = useMutation({
    mutationFn: () => api.apiKeys.rotate(apiKey.id, { overlap_days: Number(overlap), ...endOf(days, never) }),
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  });
  const refused = fieldErrorsOf(rotate.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      closeOnClickOutside={!rotate.data}
      title={t('keys_page.rotate_named', { name: apiKey.name })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {rotate.data ? (
        <KeyText id={rotate.data.id} secret={rotate.data.key} close={close} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            rotate.mutate();
          }}
        >
          <Stack gap="md">
            <Text size="sm">{t('keys_page.rotate_text')}</Text>
            {rotate.error && Object.keys(refused).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(rotate.error, t)}
              </Alert>
            )}
            <NumberInput
              label={t('keys_page.overlap')}
              description={t('keys_page.overlap_hint')}
              min={0}
              max={30}
              allowDecimal={false}
              data-autofocus
              value={overlap}
              error={refused['overlap_days']}
              onChange={setOverlap}
            />
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
              <Button type="submit" loading={rotate.isPending}>
                {t('keys_page.rotate')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
