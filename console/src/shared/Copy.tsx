/** A button that copies a text and says so. It knows nothing of the text. */
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy, type TablerIcon } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface CopyProps {
  value: string;
  label: string;
  withText?: boolean;
  icon?: TablerIcon;
}

export function Copy({ value, label, withText, icon: Icon = IconCopy }: CopyProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1800);
  };
  const Shown = copied ? IconCheck : Icon;
  const text = copied ? t('action.copied') : label;
  if (withText)
    return (
      <Button variant="default" leftSection={<Shown size={16} aria-hidden />} onClick={() => void copy()}>
        {text}
      </Button>
    );
  return (
    <Tooltip label={text}>
      <ActionIcon aria-label={text} onClick={() => void copy()}>
        <Shown size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
