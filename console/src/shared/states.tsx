/**
 * What a page shows when it has nothing to show: loading, empty, or an error that says what to do.
 * It knows the kinds of refusal and nothing of any page.
 */
import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCloudOff,
  IconLock,
  IconSearchOff,
  type TablerIcon,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { GateList } from '../access/GateList';
import { Help } from '../access/Help';
import { codeOf, gatesOf, ProblemError } from '../api/problem';
import classes from './states.module.css';

interface StateProps {
  icon: TablerIcon;
  title: string;
  text?: ReactNode;
  /** The level of its heading: 1 where it is the whole page. */
  level?: 1 | 2;
  children?: ReactNode;
}

export function EmptyState({ icon: Icon, title, text, level = 2, children }: StateProps) {
  return (
    <div className={classes.state}>
      <span className={classes.badge}>
        <Icon size={26} stroke={1.5} aria-hidden />
      </span>
      <Title order={level} size="h2">
        {title}
      </Title>
      {text && (
        <Text c="dimmed" size="sm" maw={460} component="div">
          {text}
        </Text>
      )}
      {children}
    </div>
  );
}

const icons: Record<string, TablerIcon> = {
  denied: IconLock,
  not_found: IconSearchOff,
  unreachable: IconCloudOff,
  unavailable: IconCloudOff,
  wrong_network: IconLock,
};
const known = new Set([
  'damaged',
  'denied',
  'invalid_fields',
  'not_found',
  'unreachable',
  'unavailable',
  'too_many_requests',
  'wrong_network',
]);

const always = new Set<string>(['account', 'role_and_scope']);

/** Of a refusal, what decided it or where somebody came from; of a mistake of ours, what it was. */
function textOf(name: string, text: string, detail?: string): string {
  if (name === 'denied' && detail) return detail;
  if (name === 'wrong_network' && detail) return `${detail} ${text}`;
  return name === 'bug' && detail ? `${text} (${detail})` : text;
}

interface ErrorProps {
  error: unknown;
  retry?: () => void;
  /** The level of its heading: 1 where it is the whole page. */
  level?: 1 | 2;
}

export function ErrorState({ error, retry, level = 2 }: ErrorProps) {
  const { t } = useTranslation();
  const code = codeOf(error);
  const name = known.has(code) ? code : 'bug';
  // A page that isn't about one conversation says nothing of what would be open there.
  const gates = gatesOf(error).filter((gate) => always.has(gate.gate) || gate.outcome === 'failed');
  const detail = error instanceof ProblemError ? error.problem.detail : undefined;
  return (
    <div role="alert">
      <EmptyState
        level={level}
        icon={icons[name] ?? IconAlertTriangle}
        title={t(`error.${name}.title`)}
        text={textOf(name, t(`error.${name}.text`), detail)}
      >
        {gates.length > 0 && <GateList gates={gates} />}
        <Help gates={gates} />
        {retry && code !== 'denied' && (
          <Button variant="default" onClick={retry}>
            {t('action.retry')}
          </Button>
        )}
      </EmptyState>
    </div>
  );
}

export function LoadingRows({ rows = 8, height = 22 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap={14} py="sm" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="sm" w={`${96 - ((row * 7) % 20)}%`} />
      ))}
    </Stack>
  );
}
