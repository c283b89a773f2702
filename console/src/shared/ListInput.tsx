/** A list of short texts, typed with commas between or one per line. It knows nothing of what they are. */
import { Textarea, type TextareaProps } from '@mantine/core';
import { useState } from 'react';

/** Comma separated or one per line. */
export const lines = (text: string) => text.split(/[\s,]+/).filter((line) => line !== '');

type ListInputProps = Omit<TextareaProps, 'value' | 'onChange'> & {
  value: string[];
  example: string;
  onChange: (value: string[]) => void;
};

export function ListInput({ value, onChange, example, ...about }: ListInputProps) {
  const [text, setText] = useState(value.join('\n'));
  // What was typed stays as it was typed while it means the same.
  const typed = lines(text).join('\n') === value.join('\n') ? text : value.join('\n');
  return (
    <Textarea
      {...about}
      autosize
      minRows={2}
      maxRows={10}
      spellCheck={false}
      placeholder={example}
      value={typed}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(lines(event.currentTarget.value));
      }}
    />
  );
}
