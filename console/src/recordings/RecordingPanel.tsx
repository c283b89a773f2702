/**
 * What stands where the player stands: the player itself, or honestly why there is none.
 * It knows nothing of the rest of the conversation's page.
 */
import { Loader, Skeleton, Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconEraser,
  IconEyeOff,
  IconLock,
  IconVolumeOff,
  type TablerIcon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GateList } from '../access/GateList';
import { useAccess } from '../access/Why';
import { api, type ConversationDetail } from '../api/client';
import { codeOf, gatesOf } from '../api/problem';
import { capital } from '../shared/format';
import { ErrorState } from '../shared/states';
import { takeWish } from './player/autoplay';
import { Player, withoutPicture } from './player/Player';
import classes from './RecordingPanel.module.css';

export function RecordingPanel({ conversation }: { conversation: ConversationDetail }) {
  const { t } = useTranslation();
  const section = (children: ReactNode) => (
    <section className={classes.panel} aria-label={t('player.section')}>
      {children}
    </section>
  );
  if (!conversation.audio) return section(<Notice icon={IconEyeOff} title={t('recording.hidden')} />);
  const { recording_id: recordingId, may_play: mayPlay } = conversation.audio;
  // Where the state is hidden, a recording that is named is taken for one that is ready.
  const state = conversation.audio.state ?? (recordingId ? 'ready' : 'hidden');
  return section(
    <>
      {state === 'hidden' && <Notice icon={IconEyeOff} title={t('recording.state_hidden')} />}
      {state === 'none' && (
        <Notice icon={IconVolumeOff} title={t('recording.none.title')} text={t('recording.none.text')} />
      )}
      {state === 'processing' && <Processing />}
      {state === 'erased' && (
        <Notice icon={IconEraser} title={t('recording.erased.title')} text={t('recording.erased.text')} />
      )}
      {state === 'failed' && (
        <Notice
          icon={IconAlertTriangle}
          title={t('recording.failed.title')}
          text={capital(conversation.recording?.failure ?? t('recording.failed.text'))}
        />
      )}
      {state === 'ready' && !mayPlay && <NotAllowed conversationId={conversation.id} />}
      {state === 'ready' && mayPlay && recordingId && (
        <Ready key={recordingId} recordingId={recordingId} conversationId={conversation.id} />
      )}
    </>,
  );
}

function Ready({ recordingId, conversationId }: { recordingId: string; conversationId: string }) {
  const { t } = useTranslation();
  const [autoplay] = useState(() => takeWish(conversationId));
  const peaks = useQuery({
    queryKey: ['recording', recordingId, 'peaks'],
    queryFn: () => api.recordings.peaks(recordingId),
    staleTime: Infinity,
  });
  // Where the duration is hidden there is no picture of the sound, and it can be heard all the same.
  const picture = peaks.data ?? (codeOf(peaks.error) === 'not_found' ? withoutPicture : undefined);
  if (picture)
    return (
      <Player
        url={api.recordings.audioUrl(recordingId)}
        peaks={picture}
        autoplay={autoplay}
        probe={() => api.recordings.probe(recordingId)}
      />
    );
  if (peaks.error && codeOf(peaks.error) === 'denied')
    return (
      <Notice icon={IconLock} title={t('recording.denied.title')}>
        <GateList gates={gatesOf(peaks.error)} />
      </Notice>
    );
  if (peaks.error) return <ErrorState error={peaks.error} retry={() => void peaks.refetch()} />;
  return (
    <div role="status" aria-label={t('state.loading')} className={classes.loading}>
      <Skeleton height={66} />
      <Skeleton height={66} />
      <Skeleton height={48} width={160} mx="auto" />
    </div>
  );
}

function Processing() {
  const { t } = useTranslation();
  return (
    <div className={classes.notice} role="status">
      <Loader size={28} type="bars" />
      <div>
        <Text fw={600}>{t('recording.processing.title')}</Text>
        <Text size="sm" c="dimmed">
          {t('recording.processing.text')}
        </Text>
      </div>
    </div>
  );
}

function NotAllowed({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const access = useAccess(conversationId);
  const gates = access.data?.permissions.find((entry) => entry.permission === 'recordings.play')?.gates;
  return (
    <Notice icon={IconLock} title={t('recording.denied.title')} text={t('recording.denied.text')}>
      {gates && <GateList gates={gates} />}
    </Notice>
  );
}

interface NoticeProps {
  icon: TablerIcon;
  title: string;
  text?: string;
  children?: ReactNode;
}

function Notice({ icon: Icon, title, text, children }: NoticeProps) {
  return (
    <div className={classes.notice}>
      <span className={classes.badge}>
        <Icon size={22} stroke={1.6} aria-hidden />
      </span>
      <div>
        <Text fw={600}>{title}</Text>
        {text && (
          <Text size="sm" c="dimmed" mb={children ? 'xs' : 0}>
            {text}
          </Text>
        )}
        {children}
      </div>
    </div>
  );
}
