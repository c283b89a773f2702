/** Notes of a conversation: read, add, take away. It knows nothing of other tabs. */
import { ActionIcon, Button, Group, Text, Textarea, Tooltip } from '@mantine/core';
import { IconNote, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../access/Why';
import { api, type ConversationDetail } from '../api/client';
import { ago, exactTime } from '../shared/format';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import classes from './NotesTab.module.css';

export function NotesTab({ conversation }: { conversation: ConversationDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const toast = useToast();
  const client = useQueryClient();
  const { id } = conversation;
  const key = ['conversation', id, 'notes'];
  const notes = useQuery({ queryKey: key, queryFn: () => api.conversations.notes(id) });
  const refresh = () => client.invalidateQueries({ queryKey: ['conversation', id] });
  const remove = useMutation({
    mutationFn: (noteId: string) => api.conversations.deleteNote(id, noteId),
    onSuccess: refresh,
    onError: toast.failed,
  });
  const mayEdit = conversation.permissions['conversations.edit'] === true;

  if (notes.error) return <ErrorState error={notes.error} retry={() => void notes.refetch()} />;
  if (!notes.data) return <LoadingRows rows={3} />;
  return (
    <div className={classes.notes}>
      {notes.data.items.length === 0 && conversation.status === 'erased' && (
        <EmptyState icon={IconNote} title={t('notes.erased')} />
      )}
      {notes.data.items.length === 0 && conversation.status !== 'erased' && (
        <Text size="sm" c="dimmed">
          {t('notes.none')}
        </Text>
      )}
      <ul className={classes.list}>
        {notes.data.items.map((note) => (
          <li key={note.id} className={classes.note}>
            <div className={classes.head}>
              <b>{note.author.name}</b>
              <time dateTime={note.created_at} title={exactTime(note.created_at, locale)}>
                {ago(note.created_at, locale, new Date())}
              </time>
              {mayEdit && (
                <Tooltip label={t('notes.delete')}>
                  <ActionIcon
                    size="sm"
                    ml="auto"
                    aria-label={t('notes.delete_by', { name: note.author.name })}
                    loading={remove.isPending && remove.variables === note.id}
                    onClick={() => remove.mutate(note.id)}
                  >
                    <IconTrash size={15} stroke={1.7} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              )}
            </div>
            <p>{note.text}</p>
          </li>
        ))}
      </ul>
      {conversation.status !== 'erased' &&
        (mayEdit ? (
          <NewNote conversationId={id} added={refresh} />
        ) : (
          <div>
            <GuardedButton
              allowed={false}
              conversationId={id}
              permission="conversations.edit"
              onClick={() => {}}
            >
              {t('notes.add')}
            </GuardedButton>
          </div>
        ))}
    </div>
  );
}

function NewNote({ conversationId, added }: { conversationId: string; added: () => Promise<void> }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [text, setText] = useState('');
  const add = useMutation({
    mutationFn: () => api.conversations.addNote(conversationId, text.trim()),
    onSuccess: async () => {
      setText('');
      await added();
    },
    onError: toast.failed,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) add.mutate();
      }}
    >
      <Textarea
        aria-label={t('notes.text')}
        placeholder={t('notes.hint')}
        autosize
        minRows={2}
        maxRows={10}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {text.trim() !== '' && (
        <Group gap="xs" mt="xs">
          <Button type="submit" loading={add.isPending}>
            {t('notes.add')}
          </Button>
          <Button variant="subtle" onClick={() => setText('')}>
            {t('action.cancel')}
          </Button>
        </Group>
      )}
    </form>
  );
}
