/** A filter of one value: quiet while empty, marked while it narrows. It knows nothing of what is filtered. */
import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Choice.module.css';

interface ChoiceProps {
  label: string;
  labelled?: boolean | undefined;
  searchable?: boolean;
  width?: number;
  data: { value: string; label: string }[];
  value: string | undefined;
  onChange: (value: string | null) => void;
}

export function Choice({ label, labelled, searchable, width, data, value, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <Select
      {...(labelled ? { label } : { 'aria-label': label, placeholder: label, w: width })}
      classNames={{ input: classes.input }}
      data-active={value && !labelled ? true : undefined}
      data={data}
      searchable={searchable}
      clearable
      clearButtonProps={{ 'aria-label': t('filter.clear_named', { name: label }) }}
      nothingFoundMessage={t('filter.nothing')}
      value={value ?? null}
      onChange={onChange}
      comboboxProps={{
        width: 'max-content',
        position: 'bottom-start',
        middlewares: { shift: true, flip: true },
      }}
      maxDropdownHeight={320}
    />
  );
}
