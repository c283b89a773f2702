/**
 * One person's permissions for one thing: allowed or not, each opening into its gates.
 * It is given decisions and makes none.
 */
import { Title } from '@mantine/core';
import { IconChevronDown, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { AccessExplanation } from '../api/client';
import { GateList } from './GateList';
import classes from './WhyPanel.module.css';

interface WhyPanelProps {
  title: string;
  permissions: AccessExplanation['permissions'];
}

export function WhyPanel({ title, permissions }: WhyPanelProps) {
  const { t } = useTranslation();
  return (
    <div>
      <Title order={2} size="h3" mb={8}>
        {title}
      </Title>
      <div className={classes.list}>
        {permissions.map((entry) => {
          const Icon = entry.allowed ? IconCircleCheck : IconCircleX;
          return (
            <details
              key={entry.permission}
              className={classes.entry}
              data-allowed={entry.allowed || undefined}
            >
              <summary>
                <Icon size={20} stroke={1.8} className={classes.icon} aria-hidden />
                <span className={classes.sentence}>{entry.sentence}</span>
                <span className={classes.outcome}>
                  {t(entry.allowed ? 'access.allowed' : 'access.denied')}
                </span>
                <IconChevronDown size={17} className={classes.chevron} aria-hidden />
              </summary>
              <div className={classes.gates}>
                <GateList gates={entry.gates} />
                <code>{entry.permission}</code>
              </div>
            </details>
          );
        })}
      </div>
    </div>
  );
}
