import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiError } from '../api/index.ts'
import { Button, DropArea, ErrorNotice, ProgressBar, toast } from '../components/index.ts'
import { formatByteRate, formatBytes } from '../format.ts'
import { useUpload } from '../transfer/index.ts'

/** Brings files into the workspace, one after the other. */
export function UploadPart() {
  const client = useQueryClient()
  const [queue, setQueue] = useState<readonly { id: number; file: File }[]>([])
  const take = (files: File[]) =>
    setQueue((before) => [...before, ...files.map((file) => ({ id: ++lastId, file }))])
  const [first, ...rest] = queue
  if (!first) {
    return (
      <div className="fh-file-drop">
        <DropArea title="Drop files here to upload them" multiple onFiles={take} />
      </div>
    )
  }
  return (
    <UploadLine
      key={first.id}
      file={first.file}
      more={rest.length}
      onCancel={() => setQueue([])}
      onDone={(path) => {
        toast(`${path} is in the workspace.`, 'ok')
        void client.invalidateQueries({ queryKey: ['files'] })
        setQueue((before) => before.slice(1))
      }}
    />
  )
}

let lastId = 0

interface UploadLineProps {
  file: File
  /** How many wait behind it. */
  more: number
  onDone: (path: string) => void
  onCancel: () => void
}

function UploadLine({ file, more, onDone, onCancel }: UploadLineProps) {
  const { upload, begin, retry } = useUpload(onDone)
  useEffect(() => begin(file), [begin, file])
  if (!upload) return null
  const { name, sent, total, bytesPerSecond, problem } = upload
  return (
    <div className="fh-file-upload">
      <div className="fh-row">
        <strong className="fh-ellipsis">
          <bdi>{name}</bdi>
        </strong>
        <span className="fh-muted">
          {formatBytes(sent)} of {formatBytes(total)} · {formatByteRate(bytesPerSecond)}
          {more > 0 && ` · ${more} more to come`}
        </span>
        <span className="fh-spacer" />
        <Button variant="quiet" icon="stop" onClick={onCancel}>
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
