/** Invites somebody: name, email, first role; the link is shown once, and sent where mail is set up. */
import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { dateTime } from '../shared/format';
import { Once } from '../shared/Once';
import { messageOf } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { useWeighed } from '../shared/useWeighed';
import { AssignmentFields, emptyAssignment, isComplete, toAssignment } from './AssignmentFields';

/** The refused fields of the first assignment: `assignments[0].role` is its `role`. */
function assignmentErrors(refused: Record<string, string>): Record<string, string> {
  const own = Object.entries(refused).filter(([field]) => field.startsWith('assignments[0].'));
  return Object.fromEntries(own.map(([field, message]) => [field.replace('assignments[0].', ''), message]));
}

export function InviteDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [assignment, setAssignment] = useState(emptyAssignment);
  const invite = useWeighed({
    mutationFn: () =>
      api.users.invite({
        name: name.trim(),
        email: email.trim(),
        ...(isComplete(assignment) ? { assignments: [toAssignment(assignment)] } : {}),
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      void client.invalidateQueries({ queryKey: ['directory'] });
    },
  });
  const refused = fieldErrorsOf(invite.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      closeOnClickOutside={!invite.data && !invite.isPending}
      closeOnEscape={!invite.isPending}
      title={t('users.invite')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {invite.data ? (
        <Stack>
          <Once
            title={t('invite.made', { name: invite.data.user.name })}
            text={t(invite.data.sent_to === null ? 'invite.once' : 'invite.sent', {
              until: dateTime(invite.data.expires_at, locale),
              address: invite.data.sent_to ?? '',
            })}
            secret={invite.data.invitation_link}
          />
          <Group justify="flex-end">
            <Button onClick={close}>{t('action.done')}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          <Stack gap="sm">
            {invite.error && Object.keys(refused).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(invite.error, t)}
              </Alert>
            )}
            <TextInput
              label={t('users.name')}
              required
              withAsterisk={false}
              data-autofocus
              value={name}
              error={refused['name']}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label={t('field.email')}
              type="email"
              required
              withAsterisk={false}
              value={email}
              error={refused['email']}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <AssignmentFields
              draft={assignment}
              setDraft={setAssignment}
              errors={assignmentErrors(refused)}
            />
            <Group justify="flex-end" gap="xs" mt="xs">
              <Button variant="default" onClick={close}>
                {t('action.cancel')}
              </Button>
              <Button type="submit" loading={invite.isPending} disabled={!name.trim() || !email.trim()}>
                {t('invite.action')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
