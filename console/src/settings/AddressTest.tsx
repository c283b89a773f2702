/** Asks whether an address may come in, by the lists that are saved and by one that isn't yet. It changes nothing. */
import { Alert, Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import classes from './SettingsPage.module.css';

/** `draft` is what the list of people would be once it is saved. */
export function AddressTest({ draft }: { draft: string[] }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState('');
  const test = useMutation({ mutationFn: () => api.settings.testAddress(address, draft) });
  const wrong = fieldErrorsOf(test.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  const yesNo = (may: boolean) => t(may ? 'address_test.yes' : 'address_test.no');
  return (
    <form className={classes.test} onSubmit={submit}>
      <Group gap="xs" align="flex-end">
        <TextInput
          label={t('address_test.label')}
          description={t('address_test.hint')}
          placeholder="192.0.2.7"
          spellCheck={false}
          value={address}
          error={wrong['address'] ?? wrong['networks']}
          onChange={(event) => {
            test.reset();
            setAddress(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={test.isPending} disabled={address.trim() === ''}>
          {t('address_test.action')}
        </Button>
      </Group>
      {test.error && Object.keys(wrong).length === 0 && (
        <Alert color="red" role="alert" mt="sm">
          {messageOf(test.error, t)}
        </Alert>
      )}
      {test.data && (
        <div role="status">
          <Text size="sm" mt="sm">
            {t('address_test.people', { may: yesNo(test.data.people) })}
          </Text>
          <Text size="sm">{t('address_test.programs', { may: yesNo(test.data.programs) })}</Text>
          {test.data.listed !== null && test.data.listed !== test.data.people && (
            <Text size="sm">{t('address_test.after', { may: yesNo(test.data.listed) })}</Text>
          )}
          {test.data.yours !== null && (
            <Text size="xs" c="dimmed" mt={4}>
              {t('address_test.yours', { address: test.data.yours })}
            </Text>
          )}
        </div>
      )}
    </form>
  );
}
