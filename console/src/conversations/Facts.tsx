/**
 * The facts beside a conversation; contact, agent and tags can be put right by those who may.
 * It knows nothing of the recording.
 */
import { ActionIcon, Button, Group, Select, TagsInput, Text, TextInput, Tooltip } from '@mantine/core';
import { IconLock, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { WhyPopover } from '../access/Why';
import { api, type ConversationDetail, type ConversationPatch } from '../api/client';
import classes from './Facts.module.css';
import { useChange } from './useChange';
import { Agents, namesOf, Status, Tags } from './words';

export function Facts({ conversation }: { conversation: ConversationDetail }) {
  const { t } = useTranslation();
  const change = useChange(conversation);
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  const save = async (patch: ConversationPatch) => {
    await change.mutateAsync(patch);
  };
  return (
    <dl className={classes.facts}>
      {conversation.status && (
        <Fact name={t('column.status')}>
          <Status value={conversation.status} />
        </Fact>
      )}
      {conversation.contact !== undefined && (
        <Editable
          name={t('column.contact')}
          conversation={conversation}
          value={conversation.contact ?? ''}
          save={(contact) => save({ contact: contact.trim() || null })}
          editor={(value, set) => (
            <TextInput
              aria-label={t('column.contact')}
              value={value}
              onChange={(event) => set(event.currentTarget.value)}
              data-autofocus
            />
          )}
        >
          {conversation.contact ?? <Dim>{t('facts.unknown')}</Dim>}
        </Editable>
      )}
      {conversation.agents && (
        <Editable
          name={t('column.agent')}
          conversation={conversation}
          value={conversation.agents[0]?.user_id ?? ''}
          save={(agent) => save({ agent_user_id: agent })}
          editor={(value, set) => (
            <Select
              aria-label={t('column.agent')}
              searchable
              allowDeselect={false}
              data={(directory.data?.users ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              value={value || null}
              onChange={(next) => set(next ?? '')}
            />
          )}
        >
          <Agents agents={conversation.agents} />
        </Editable>
      )}
      {conversation.groups && (
        <Fact name={t('column.group')}>{namesOf(conversation.groups) || <Dim>–</Dim>}</Fact>
      )}
      {conversation.tags && (
        <Editable
          name={t('column.tags')}
          conversation={conversation}
          value={conversation.tags}
          save={(tags) => save({ tags })}
          editor={(value, set) => <TagsEditor value={value} set={set} tags={directory.data?.tags ?? []} />}
        >
          {conversation.tags.length > 0 ? <Tags tags={conversation.tags} /> : <Dim>{t('facts.no_tags')}</Dim>}
        </Editable>
      )}
    </dl>
  );
}

const Dim = ({ children }: { children: ReactNode }) => (
  <Text span inherit c="dimmed">
    {children}
  </Text>
);

function Fact({ name, action, children }: { name: string; action?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>
        <div className={classes.value}>{children}</div>
        {action}
      </dd>
    </div>
  );
}

interface EditableProps<T> {
  name: string;
  conversation: ConversationDetail;
  value: T;
  save: (value: T) => Promise<void>;
  editor: (value: T, set: (value: T) => void) => ReactNode;
  children: ReactNode;
}

function Editable<T>({ name, conversation, value, save, editor, children }: EditableProps<T>) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<T | null>(null);
  const [saving, setSaving] = useState(false);
  const label = t('facts.edit', { name });
  if (draft === null) {
    const pencil = <IconPencil size={15} stroke={1.7} aria-hidden />;
    const action =
      conversation.status === 'erased' ? null : conversation.permissions['conversations.edit'] ? (
        <Tooltip label={label}>
          <ActionIcon size="sm" aria-label={label} onClick={() => setDraft(value)}>
            {pencil}
          </ActionIcon>
        </Tooltip>
      ) : (
        <WhyPopover conversationId={conversation.id} permission="conversations.edit">
          {(open) => (
            <ActionIcon size="sm" aria-label={t('facts.why_not_edit', { name })} onClick={open}>
              <IconLock size={14} stroke={1.7} aria-hidden />
            </ActionIcon>
          )}
        </WhyPopover>
      );
    return (
      <Fact name={name} action={action}>
        {children}
      </Fact>
    );
  }
  const submit = async () => {
    setSaving(true);
    await save(draft).then(
      () => setDraft(null),
      () => {},
    );
    setSaving(false);
  };
  return (
    <Fact name={name}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        onKeyDown={(event) => event.key === 'Escape' && setDraft(null)}
      >
        {editor(draft, setDraft)}
        <Group gap={6} mt={6}>
          <Button type="submit" size="compact-sm" loading={saving}>
            {t('action.save')}
          </Button>
          <Button variant="subtle" size="compact-sm" onClick={() => setDraft(null)}>
            {t('action.cancel')}
          </Button>
        </Group>
      </form>
    </Fact>
  );
}

interface TagsEditorProps {
  value: string[];
  set: (tags: string[]) => void;
  tags: string[];
}

/** Suggests only while somebody types, so that the list never lies over the buttons below. */
function TagsEditor({ value, set, tags }: TagsEditorProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  return (
    <TagsInput
      aria-label={t('column.tags')}
      placeholder={value.length === 0 ? t('facts.tags_hint') : ''}
      data={tags}
      value={value}
      onChange={set}
      searchValue={typed}
      onSearchChange={setTyped}
      dropdownOpened={typed.trim() !== ''}
      acceptValueOnBlur
      data-autofocus
    />
  );
}
