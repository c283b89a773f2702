/** A secret that is shown once: a link or a key, with a way to copy it. It keeps nothing. */
import { Alert, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from '../settings/settings.module.css';
import { Copy } from './Copy';

export function Once({ title, text, secret }: { title: string; text: string; secret: string }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <Alert variant="light" color="keep" title={title} mb="sm">
        <Text size="sm">{text}</Text>
      </Alert>
      <div className={classes.secret}>
        <code>{secret}</code>
        <Copy value={secret} label={t('action.copy')} withText />
      </div>
    </div>
  );
}
