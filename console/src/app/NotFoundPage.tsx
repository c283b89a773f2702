/** What an unknown address answers. */
import { Button } from '@mantine/core';
import { IconSearchOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../shared/states';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main id="main">
      <EmptyState
        level={1}
        icon={IconSearchOff}
        title={t('error.not_found.title')}
        text={t('error.not_found.text')}
      >
        <Button component={Link} to="/conversations" variant="default">
          {t('nav.conversations')}
        </Button>
      </EmptyState>
    </main>
  );
}
