/**
 * Small pieces that several pages show of a conversation: direction, status, who it was with.
 * It knows nothing of lists or of the player.
 */
import { Badge } from '@mantine/core';
import {
  IconArrowDownLeft,
  IconArrowsExchange,
  IconArrowUpRight,
  IconQuestionMark,
  type TablerIcon,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/client';
import classes from './words.module.css';

const arrows: Record<NonNullable<Conversation['direction']>, TablerIcon> = {
  inbound: IconArrowDownLeft,
  outbound: IconArrowUpRight,
  internal: IconArrowsExchange,
  unknown: IconQuestionMark,
};

export function Direction({ value }: { value: NonNullable<Conversation['direction']> }) {
  const { t } = useTranslation();
  const Icon = arrows[value] ?? IconQuestionMark;
  return (
    <span className={classes.direction} data-direction={value}>
      <Icon size={15} stroke={2} aria-hidden />
      {t(`direction.${value}`)}
    </span>
  );
}

export function Status({ value }: { value: NonNullable<Conversation['status']> }) {
  const { t } = useTranslation();
  return (
    <span className={classes.status} data-status={value}>
      <span className={classes.dot} aria-hidden="true" />
      {t(`status.${value}`)}
    </span>
  );
}

export function Tags({ tags, limit = 99 }: { tags: string[]; limit?: number }) {
  const rest = tags.slice(limit);
  return (
    <span className={classes.tags}>
      {tags.slice(0, limit).map((tag) => (
        <Badge key={tag} variant="default" size="sm" radius="sm" className={classes.tag}>
          {tag}
        </Badge>
      ))}
      {rest.length > 0 && (
        <Badge variant="default" size="sm" radius="sm" className={classes.tag} title={rest.join(', ')}>
          +{rest.length}
        </Badge>
      )}
    </span>
  );
}

/** The agents; one that only the source has a name for is nobody's conversation yet. */
export function Agents({ agents }: { agents: NonNullable<Conversation['agents']> }) {
  const { t } = useTranslation();
  const known = agents.filter((agent) => agent.user_id !== null);
  if (known.length > 0) return namesOf(known);
  const label = namesOf(agents);
  return (
    <span className={classes.nobody}>
      {label ? t('conversation.unattributed_label', { label }) : t('conversation.unattributed')}
    </span>
  );
}

/** The outside of the conversation by the best name there is. */
export function headingOf(conversation: Conversation, t: (key: string) => string): string {
  const outside = conversation.direction === 'outbound' ? conversation.to_number : conversation.from_number;
  const hidden = conversation.contact === undefined && outside === undefined;
  const unknown =
    conversation.status === 'erased'
      ? 'conversation.erased'
      : hidden
        ? 'conversation.title'
        : 'conversation.unknown_number';
  return conversation.contact ?? outside ?? t(unknown);
}

export const namesOf = (things: { name: string }[]) => things.map((thing) => thing.name).join(', ');
