/** The phone number that codes are sent to: one's own, or a user's. Whoever shows it says how it is changed. */
import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrorsOf } from '../api/problem';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Panel } from '../shared/Page';
import { useToast } from '../shared/toast';

interface Props {
  phone: string | null;
  /** Whether its owner showed a code that was sent there. */
  confirmed: boolean;
  text: string;
  /** What is said once it was set. */
  done: string;
  /** Fulfilled when the number was taken, or a code is on its way there. */
  set: (number: string) => Promise<unknown>;
  remove: (reason?: string) => Promise<unknown>;
  /** It is somebody else's, and the ledger keeps why it was taken away. */
  asksWhy?: boolean;
  /** Reads anew what was changed. */
  changed: () => Promise<unknown>;
}

export function PhonePanel({ phone, confirmed, text, done, set, remove, asksWhy = false, changed }: Props) {
  const { t } = useTranslation();
  const toast = useToast();
  const [typed, setTyped] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const save = useMutation({
    mutationFn: (number: string) => set(number),
    onSuccess: async () => {
      setTyped(null);
      toast.done(done);
      await changed();
    },
    onError: (error) => {
      if (fieldErrorsOf(error)['number'] === undefined) toast.failed(error);
    },
  });
  const take = useMutation({
    mutationFn: (reason?: string) => remove(reason),
    onSuccess: async () => {
      setRemoving(false);
      toast.done(t('phone.removed'));
      await changed();
    },
    onError: (error) => {
      setRemoving(false);
      toast.failed(error);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== null) save.mutate(typed);
  };
  return (
    <Panel title={t('phone.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {text}
      </Text>
      {phone !== null && typed === null ? (
        <Group justify="space-between" gap="sm">
          <div>
            <Text size="sm" fw={550}>
              {phone}
            </Text>
            <Text size="xs" c="dimmed">
              {t(confirmed ? 'phone.confirmed' : 'phone.unconfirmed')}
            </Text>
          </div>
          <Group gap="xs">
            <Button variant="default" size="compact-sm" onClick={() => setTyped(phone)}>
              {t('phone.change')}
            </Button>
            <Button variant="default" size="compact-sm" onClick={() => setRemoving(true)}>
              {t('action.remove')}
            </Button>
          </Group>
        </Group>
      ) : (
        <form onSubmit={submit}>
          <Group align="flex-start" gap="xs">
            <TextInput
              label={t('phone.number')}
              description={t('phone.hint')}
              type="tel"
              autoComplete="off"
              required
              withAsterisk={false}
              style={{ flex: '1 1 220px' }}
              value={typed ?? ''}
              error={fieldErrorsOf(save.error)['number']}
              onChange={(event) => {
                save.reset();
                setTyped(event.currentTarget.value);
              }}
            />
          </Group>
          <Group gap="xs" mt="sm">
            <Button type="submit" loading={save.isPending} disabled={(typed ?? '').trim() === ''}>
              {t('phone.save')}
            </Button>
            {phone !== null && (
              <Button
                variant="default"
                onClick={() => {
                  save.reset();
                  setTyped(null);
                }}
              >
                {t('action.cancel')}
              </Button>
            )}
          </Group>
        </form>
      )}
      <ConfirmDialog
        opened={removing}
        title={t('phone.remove_title')}
        text={t('phone.remove_text')}
        action={t('action.remove')}
        busy={take.isPending}
        asksWhy={asksWhy}
        onConfirm={(reason) => take.mutate(reason)}
        close={() => setRemoving(false)}
      />
    </Panel>
  );
}
