/** Lets the browser save a text as a file. It knows nothing of the text. */
export function saveText(text: string, name: string, type = 'text/plain') {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
