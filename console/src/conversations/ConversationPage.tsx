/**
 * One conversation: what is known of it, its recording, and everything that may be done with it.
 * It knows nothing of how sound is played or of how decisions are made.
 */
import { ActionIcon, Group, Skeleton, Tabs, Tooltip } from '@mantine/core';
import { IconArrowLeft, IconChevronLeft, IconChevronRight, IconLink, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AccessTab } from '../access/AccessTab';
import { GuardedButton } from '../access/Why';
import { api, type ConversationDetail } from '../api/client';
import { HistoryTab } from '../audit/HistoryTab';
import { useMay } from '../identity/session';
import { RecordingPanel } from '../recordings/RecordingPanel';
import { Copy } from '../shared/Copy';
import { clock, dateTime, exactTime } from '../shared/format';
import { Page, Panel } from '../shared/Page';
import { ErrorState } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import classes from './ConversationPage.module.css';
import { DeleteDialog } from './DeleteDialog';
import { DetailsTab } from './DetailsTab';
import { Facts } from './Facts';
import { shownIn } from './hidden';
import { NotesTab } from './NotesTab';
import { following, placeOf, trailSearch } from './trail';
import { Direction, headingOf, Status } from './words';

const pollMs = 2500;
const tabs = ['notes', 'details', 'access', 'history'] as const;

export function conversationKey(id: string) {
  return ['conversation', id] as const;
}

export function ConversationPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  // A new conversation is a new page: focus, player and dialogs start afresh.
  return <Conversation key={id} id={id} />;
}

function Conversation({ id }: { id: string }) {
  const { t } = useTranslation();
  const conversation = useQuery({
    queryKey: conversationKey(id),
    queryFn: () => api.conversations.get(id),
    refetchInterval: (query) => (query.state.data?.audio?.state === 'processing' ? pollMs : false),
  });
  const above = <TopBar id={id} />;
  if (conversation.error && !conversation.data)
    return (
      <Page title={t('conversation.title')} above={above}>
        <ErrorState error={conversation.error} retry={() => void conversation.refetch()} />
      </Page>
    );
  if (!conversation.data)
    return (
      <div className={classes.waiting} role="status" aria-label={t('state.loading')}>
        {above}
        <Skeleton height={30} width={260} mb={10} />
        <Skeleton height={18} width={420} mb={24} />
        <Skeleton height={240} radius="lg" />
      </div>
    );
  return <Loaded conversation={conversation.data} above={above} />;
}

function Loaded({ conversation, above }: { conversation: ConversationDetail; above: ReactNode }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const navigate = useNavigate();
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const [deleting, setDeleting] = useState(false);
  const { id } = conversation;
  const showsNotes = conversation.notes_count !== undefined;
  const shown = tabs.filter(
    (name) => (name !== 'history' || may('audit.view')) && (name !== 'notes' || showsNotes),
  );
  const current = shown.find((name) => name === tab) ?? shown[0] ?? 'details';
  return (
    <Page
      wide
      above={above}
      title={headingOf(conversation, t)}
      subtitle={
        <span className={classes.subtitle}>
          {conversation.direction && <Direction value={conversation.direction} />}
          {(conversation.from_number || conversation.to_number) && (
            <span className="tabular">
              {conversation.from_number ?? '–'} <span aria-hidden="true">→</span>
              <span className="visually-hidden">{t('conversation.to')}</span> {conversation.to_number ?? '–'}
            </span>
          )}
          {conversation.started_at && (
            <time dateTime={conversation.started_at} title={exactTime(conversation.started_at, locale)}>
              {dateTime(conversation.started_at, locale)}
            </time>
          )}
          {typeof conversation.duration_ms === 'number' && (
            <span className="tabular">{clock(conversation.duration_ms)}</span>
          )}
          {conversation.status && conversation.status !== 'ready' && <Status value={conversation.status} />}
        </span>
      }
      actions={
        <>
          <Copy
            value={`${window.location.origin}/conversations/${id}`}
            label={t('conversation.copy_link')}
            icon={IconLink}
            withText
          />
          {conversation.status !== 'erased' && (
            <GuardedButton
              allowed={conversation.permissions['recordings.delete'] === true}
              conversationId={id}
              permission="recordings.delete"
              variant="default"
              className={classes.delete}
              leftSection={<IconTrash size={16} stroke={1.7} aria-hidden />}
              onClick={() => setDeleting(true)}
            >
              {t('delete.action')}
            </GuardedButton>
          )}
        </>
      }
    >
      <RecordingPanel conversation={conversation} />
      <div className={classes.below}>
        <Tabs
          value={current}
          keepMounted={false}
          onChange={(next) =>
            void navigate({
              to: '/conversations/$id',
              params: { id },
              search: next && next !== shown[0] ? { tab: next } : {},
              replace: true,
              resetScroll: false,
            })
          }
        >
          <Tabs.List aria-label={t('conversation.tabs')}>
            {shown.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {t(`tab.${name}`)}
                {name === 'notes' &&
                  conversation.notes_count !== undefined &&
                  conversation.notes_count > 0 && (
                    <span className={classes.countBadge}>{conversation.notes_count}</span>
                  )}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <div className={classes.tab}>
            {showsNotes && (
              <Tabs.Panel value="notes">
                <NotesTab conversation={conversation} />
              </Tabs.Panel>
            )}
            <Tabs.Panel value="details">
              <DetailsTab conversation={conversation} />
            </Tabs.Panel>
            <Tabs.Panel value="access">
              <AccessTab conversationId={id} />
            </Tabs.Panel>
            {may('audit.view') && (
              <Tabs.Panel value="history">
                <HistoryTab conversationId={id} />
              </Tabs.Panel>
            )}
          </div>
        </Tabs>
        {shownIn([conversation])('status', 'contact', 'agents', 'groups', 'tags') && (
          <Panel title={t('facts.title')}>
            <Facts conversation={conversation} />
          </Panel>
        )}
      </div>
      <DeleteDialog conversation={conversation} opened={deleting} close={() => setDeleting(false)} />
    </Page>
  );
}

function TopBar({ id }: { id: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const place = placeOf(id);
  const go = (next: string | null) => {
    if (next) void navigate({ to: '/conversations/$id', params: { id: next } });
  };
  const steps = [
    {
      text: t('conversation.previous'),
      icon: IconChevronLeft,
      can: place?.previous != null,
      to: async () => place?.previous ?? null,
    },
    {
      text: t('conversation.next'),
      icon: IconChevronRight,
      can: Boolean(place?.next ?? place?.more),
      to: () => following(id),
    },
  ];
  return (
    <div className={classes.top}>
      <Link to="/conversations" search={trailSearch()} className={classes.back}>
        <IconArrowLeft size={16} stroke={1.8} aria-hidden />
        {t('conversation.back')}
      </Link>
      {place && (
        <Group gap={4}>
          {steps.map((step) => (
            <Tooltip key={step.text} label={step.can ? step.text : t('conversation.end_of_list')}>
              <ActionIcon
                aria-label={step.text}
                aria-disabled={!step.can}
                data-disabled={!step.can || undefined}
                onClick={() => step.can && void step.to().then(go)}
              >
                <step.icon size={19} stroke={1.8} aria-hidden />
              </ActionIcon>
            </Tooltip>
          ))}
        </Group>
      )}
    </div>
  );
}
