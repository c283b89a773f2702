/** Sending a recording, with how far it has come. It knows nothing else of the server. */
import { answersIn } from './client';
import { problemFrom, ProblemError, UnreachableError } from './problem';
import type { Uploaded } from './types';

export interface UploadMetadata {
  started_at?: string;
  direction?: string;
  from_number?: string;
  to_number?: string;
  contact?: string;
  agent?: string;
  tags?: string[];
  external_id?: string;
  channel_labels?: string[];
}

/** Sends one file; XMLHttpRequest, because fetch tells nothing of how far an upload has come. */
export function upload(
  file: File,
  metadata: UploadMetadata,
  progress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<Uploaded> {
  const form = new FormData();
  form.append('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
  form.append('audio', file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/v1/recordings');
    request.setRequestHeader('Accept-Language', answersIn());
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new UnreachableError());
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Uploaded);
      else reject(new ProblemError(problemFrom(request.status, request.response)));
    };
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
