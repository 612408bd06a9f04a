import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../api/index.ts'
import { Button, DropArea, ErrorNotice, ProgressBar, toast } from '../components/index.ts'
import { formatByteRate, formatBytes } from '../format.ts'
import { useUpload } from '../transfer/index.ts'

/** Brings files into the workspace, one after the other. */
export function UploadPart() {
  const client = useQueryClient()
  const [waiting, setWaiting] = useState<readonly File[]>([])
  const { upload, begin, retry, cancel } = useUpload((path) => {
    toast(`${path} is in the workspace.`, 'ok')
    void client.invalidateQueries({ queryKey: ['files'] })
    const [next, ...rest] = waiting
    setWaiting(rest)
    if (next) begin(next)
  })
  const take = (files: File[]) => {
    const [first, ...rest] = upload ? [undefined, ...files] : files
    setWaiting([...waiting, ...rest.filter((file) => file !== undefined)])
    if (first) begin(first)
  }
  if (!upload) return <DropArea title="Drop files here to upload them" multiple onFiles={take} />
  const { name, sent, total, bytesPerSecond, problem } = upload
  const stop = () => {
    setWaiting([])
    cancel()
  }
  return (
    <div className="fh-file-upload">
      <div className="fh-row">
        <strong className="fh-ellipsis">
          <bdi>{name}</bdi>
        </strong>
        <span className="fh-muted">
          {formatBytes(sent)} of {formatBytes(total)} · {formatByteRate(bytesPerSecond)}
          {waiting.length > 0 && ` · ${waiting.length} more to come`}
        </span>
        <span className="fh-spacer" />
        <Button variant="quiet" icon="stop" onClick={stop}>
          Cancel the upload
        </Button>
      </div>
      <ProgressBar label={`Upload of ${name}`} value={total === 0 ? null : sent / total} />
      {problem && (
        <ErrorNotice error={new ApiError(problem)} actions={<Button onClick={retry}>Try again</Button>} />
      )}
    </div>
  )
}
