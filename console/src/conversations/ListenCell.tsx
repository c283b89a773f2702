/**
 * The audio column: play, or why not.
 * It plays nothing itself; the conversation's page does.
 */
import { ActionIcon, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconEraser,
  IconLoader2,
  IconLock,
  IconPlayerPlayFilled,
  IconVolumeOff,
  type TablerIcon,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { WhyPopover } from '../access/Why';
import type { Conversation } from '../api/client';
import { wishToPlay } from '../recordings/player/autoplay';
import classes from './ListenCell.module.css';
import { headingOf } from './words';

const states = {
  processing: IconLoader2,
  failed: IconAlertTriangle,
  erased: IconEraser,
  none: IconVolumeOff,
};

export function ListenCell({ row, still = false }: { row: Conversation; still?: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!row.audio) return null;
  // Where the state is hidden, a recording that is named is taken for one that is ready.
  const state = row.audio.state ?? (row.audio.recording_id ? 'ready' : null);
  if (state === null) return null;
  const picture = (text: string, Icon: TablerIcon, size = 17) => (
    <Tooltip label={text}>
      <span className={classes.state} role="img" aria-label={text} data-state={state}>
        <Icon size={size} stroke={1.7} aria-hidden />
      </span>
    </Tooltip>
  );
  if (state !== 'ready') return picture(t(`audio.${state}`), states[state]);
  const name = headingOf(row, t);
  if (still)
    return row.audio.may_play
      ? picture(t('audio.may_play'), IconPlayerPlayFilled, 13)
      : picture(t('audio.may_not_play'), IconLock, 16);
  if (!row.audio.may_play)
    return (
      <WhyPopover conversationId={row.id} permission="recordings.play">
        {(open) => (
          <ActionIcon size="md" onClick={open} aria-label={t('list.why_not_play', { name })}>
            <IconLock size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        )}
      </WhyPopover>
    );
  return (
    <Tooltip label={t('action.play')}>
      <ActionIcon
        size="md"
        radius={100}
        className={classes.play}
        aria-label={t('list.play', { name })}
        onClick={() => {
          wishToPlay(row.id);
          void navigate({ to: '/conversations/$id', params: { id: row.id } });
        }}
      >
        <IconPlayerPlayFilled size={13} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
