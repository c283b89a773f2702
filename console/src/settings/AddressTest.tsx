/** Asks whether an address may come in, by lists that are saved and by one that isn't yet. It changes nothing. */
import { Alert, Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import classes from './SettingsPage.module.css';

interface Props<T> {
  ask: (address: string) => Promise<T>;
  /** What came of it, a sentence each. */
  tell: (tested: T, yesNo: (may: boolean) => string) => string[];
}

/** It stands inside of forms too, and is none itself. */
function AddressTest<T extends { yours: string | null }>({ ask, tell }: Props<T>) {
  const { t } = useTranslation();
  const [address, setAddress] = useState('');
  const test = useMutation({ mutationFn: () => ask(address) });
  const wrong = fieldErrorsOf(test.error);
  const yesNo = (may: boolean) => t(may ? 'address_test.yes' : 'address_test.no');
  return (
    <div className={classes.test}>
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
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            if (address.trim() !== '') test.mutate();
          }}
        />
        <Button
          variant="default"
          loading={test.isPending}
          disabled={address.trim() === ''}
          onClick={() => test.mutate()}
        >
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
          {tell(test.data, yesNo).map((sentence, place) => (
            <Text key={sentence} size="sm" mt={place === 0 ? 'sm' : 0}>
              {sentence}
            </Text>
          ))}
          {test.data.yours !== null && (
            <Text size="xs" c="dimmed" mt={4}>
              {t('address_test.yours', { address: test.data.yours })}
            </Text>
          )}
        </div>
      )}
    </div>
  );
}

/** `draft` is what the list of people would be once it is saved. */
export function PeopleAddressTest({ draft }: { draft: string[] }) {
  const { t } = useTranslation();
  return (
    <AddressTest
      ask={(address) => api.settings.testAddress(address, draft)}
      tell={(tested, yesNo) => [
        t('address_test.people', { may: yesNo(tested.people) }),
        t('address_test.programs', { may: yesNo(tested.programs) }),
        ...(tested.listed !== null && tested.listed !== tested.people
          ? [t('address_test.after', { may: yesNo(tested.listed) })]
          : []),
      ]}
    />
  );
}

/** `draft` is what the list of a key would be once it is saved. */
export function KeyAddressTest({ draft }: { draft: string[] }) {
  const { t } = useTranslation();
  return (
    <AddressTest
      ask={(address) => api.apiKeys.testAddress(address, draft)}
      tell={(tested, yesNo) => [
        t('address_test.key', { may: yesNo(tested.programs && tested.listed) }),
        ...(tested.programs ? [] : [t('address_test.organisation')]),
        ...(tested.listed ? [] : [t('address_test.unlisted')]),
      ]}
    />
  );
}
