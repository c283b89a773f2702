/**
 * "Why?": every control that somebody may not use stays in reach, and pressing it tells the gates of the decision.
 * It knows how to ask for a decision about a conversation, and nothing of what the control would do.
 */
import { Button, type ButtonProps, Loader, Popover, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ComponentProps, type MouseEventHandler, type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Gate } from '../api/client';
import { messageOf } from '../shared/toast';
import { GateList } from './GateList';
import { Help } from './Help';
import classes from './Why.module.css';

export function useAccess(conversationId: string, enabled = true, user?: string) {
  return useQuery({
    queryKey: ['conversation', conversationId, 'access', user ?? 'me'],
    queryFn: () => api.conversations.access(conversationId, user),
    enabled,
  });
}

interface WhyPopoverProps {
  conversationId: string;
  permission: string;
  /** The control itself; it is given the attributes of a dialog's opener. */
  children: (open: () => void) => ReactElement;
}

/** Asks only when opened, so that a list costs nothing. */
export function WhyPopover({ conversationId, permission, children }: WhyPopoverProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const access = useAccess(conversationId, opened);
  const found = access.data?.permissions.find((entry) => entry.permission === permission);
  return (
    <Popover opened={opened} onChange={setOpened} width={340} position="bottom-end" withArrow trapFocus>
      <Popover.Target>{children(() => setOpened((shown) => !shown))}</Popover.Target>
      <Popover.Dropdown aria-label={t('why.title')} tabIndex={0} data-autofocus>
        {access.error && <Text size="sm">{messageOf(access.error, t)}</Text>}
        {!access.error && !access.data && <Loader size="sm" aria-label={t('state.loading')} />}
        {access.data && <Explanation sentence={found?.sentence ?? permission} gates={found?.gates ?? []} />}
      </Popover.Dropdown>
    </Popover>
  );
}

export function Explanation({ sentence, gates }: { sentence: string; gates: Gate[] }) {
  const { t } = useTranslation();
  return (
    <div className={classes.explanation}>
      <Text size="sm" fw={600}>
        {t('why.not', { what: sentence })}
      </Text>
      {gates.length > 0 ? <GateList gates={gates} /> : <Text size="sm">{t('why.unknown')}</Text>}
      <Help gates={gates} />
    </div>
  );
}

interface GuardedProps extends ButtonProps {
  allowed: boolean;
  conversationId: string;
  permission: string;
  onClick: MouseEventHandler<HTMLButtonElement>;
}

/** A button that does its work, or tells why it may not. */
export function GuardedButton({
  allowed,
  conversationId,
  permission,
  onClick,
  children,
  ...rest
}: GuardedProps) {
  if (allowed)
    return (
      <Button {...rest} onClick={onClick}>
        {children}
      </Button>
    );
  return (
    <WhyPopover conversationId={conversationId} permission={permission}>
      {(open) => <WhyButton onClick={open}>{children}</WhyButton>}
    </WhyPopover>
  );
}

function WhyButton({ children, ...rest }: ComponentProps<'button'>) {
  const { t } = useTranslation();
  return (
    <Button
      {...rest}
      variant="default"
      className={classes.locked}
      leftSection={<IconLock size={15} aria-hidden />}
    >
      {children}
      <span className={classes.why}>{t('why.short')}</span>
    </Button>
  );
}
