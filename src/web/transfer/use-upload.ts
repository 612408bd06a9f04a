import { useCallback, useEffect, useRef, useState } from 'react'
import type { Problem } from '../../shared/index.ts'
import { problemOf, sendHead, uploadFile } from '../api/index.ts'

/** A large file takes all of a small machine while it is sent: the preview of its beginning is made first. */
const largeBytes = 64 * 1024 * 1024
const headStartMs = 500

/** A file on its way to the workspace. */
export interface Upload {
  name: string
  sent: number
  total: number
  bytesPerSecond: number
  /** Where its beginning can be previewed meanwhile; undefined until that has arrived. */
  head: string | undefined
  /** Why it stopped; it can be tried again, and goes on where it was. */
  problem: Problem | undefined
}

export interface Uploading {
  upload: Upload | undefined
  begin: (file: File) => void
  retry: () => void
  cancel: () => void
}

/** Sends one file at a time: its first MiB at once, for the preview, then all of it. */
export function useUpload(onDone: (path: string) => void): Uploading {
  const [upload, setUpload] = useState<Upload>()
  const current = useRef<{ file: File; abort: AbortController }>(undefined)
  const done = useRef(onDone)
  useEffect(() => {
    done.current = onDone
  })

  const send = useCallback((file: File, abort: AbortController) => {
    const started = performance.now()
    const update = (part: Partial<Upload>) => {
      if (!abort.signal.aborted) setUpload((before) => before && { ...before, ...part })
    }
    const onProgress = (sent: number) => {
      update({ sent, bytesPerSecond: (sent * 1000) / Math.max(performance.now() - started, 1) })
    }
    uploadFile(file, { onProgress, signal: abort.signal }).then(
      ({ path }) => {
        if (abort.signal.aborted) return
        current.current = undefined
        setUpload(undefined)
        done.current(path)
      },
      (error: unknown) => update({ problem: problemOf(error) }),
    )
  }, [])

  const cancel = useCallback(() => {
    current.current?.abort.abort()
    current.current = undefined
    setUpload(undefined)
  }, [])

  const begin = useCallback(
    (file: File) => {
      cancel()
      const abort = new AbortController()
      current.current = { file, abort }
      setUpload({ ...nothingSent, name: file.name, total: file.size })
      sendHead(file)
        .then(
          ({ path: head }) => {
            if (!abort.signal.aborted) setUpload((before) => before && { ...before, head })
          },
          // The preview comes with the whole file then; what is wrong with the file is said by the upload itself.
          () => undefined,
        )
        // After the beginning, so that it does not have to share the way.
        .finally(() => {
          const go = () => {
            if (!abort.signal.aborted) send(file, abort)
          }
          setTimeout(go, file.size > largeBytes ? headStartMs : 0)
        })
    },
    [cancel, send],
  )

  const retry = useCallback(() => {
    if (!current.current) return
    setUpload((before) => before && { ...before, problem: undefined })
    send(current.current.file, current.current.abort)
  }, [send])

  useEffect(() => cancel, [cancel])
  return { upload, begin, retry, cancel }
}

const nothingSent = { sent: 0, bytesPerSecond: 0, head: undefined, problem: undefined }
