/** The list of the player's keys, and the switch that turns them off (WCAG 2.1.4). */
import { Kbd, Modal, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { keyList } from './keys';
import classes from './Player.module.css';

interface KeysDialogProps {
  opened: boolean;
  close: () => void;
  enabled: boolean;
  setEnabled: (enabled: boolean) => void;
}

export function KeysDialog({ opened, close, enabled, setEnabled }: KeysDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('keys.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <dl className={classes.keys}>
        {keyList.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key === 'Space' ? t('keys.space') : key}</Kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <Switch
        mt="md"
        label={t('keys.enabled')}
        description={t('keys.enabled_hint')}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
    </Modal>
  );
}
