/** Recovery codes, shown once, to be copied, saved or printed. It keeps none. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Copy } from '../shared/Copy';
import { saveText } from '../shared/saveText';
import classes from './identity.module.css';

export function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useTranslation();
  const text = `${codes.join('\n')}\n`;
  return (
    <div role="status">
      <Alert variant="light" color="keep" title={t('recovery.once')} mb="sm">
        <Text size="sm">{t('recovery.text')}</Text>
      </Alert>
      <ol className={classes.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <Group gap="xs" mt="sm">
        <Copy value={text} label={t('recovery.copy')} withText />
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => saveText(text, 'soundkeep-recovery-codes.txt')}
        >
          {t('recovery.save')}
        </Button>
      </Group>
    </div>
  );
}
