import { useState } from 'react'
import type { Inspection } from '../../shared/index.ts'
import { useInspection, type InspectInput } from '../api/index.ts'
import { useSettled } from './use-settled.ts'

/** What all records of the source say of its columns. */
export interface WholeFile {
  data: Inspection | undefined
  isReading: boolean
  /** Of a reading that a person asked for: one that began by itself fails without a word. */
  error: Error | null
  read: () => void
  stop: () => void
  /** Files up to so many bytes are read by themselves, beside what a person does. */
  limit: number
  setLimit: (bytes: number) => void
}

/**
 * Reads the whole file when a person wants it, and a small one by itself.
 *
 * @param request the file, and what is said of its columns
 * @param bytes its size, once its beginning was read well and its types are to be found out
 */
export function useWholeFile(request: InspectInput | undefined, bytes: number | undefined): WholeFile {
  const settled = useSettled(request, request?.source.path)
  const key = keyOf(settled)
  // Who wants it just after a change wants it with the change.
  const next = keyOf(request)
  const [limit, setLimit] = useLimit()
  // Another file, or another way to read it, is another question.
  const [said, setSaid] = useState<{ key: string; isWanted: boolean }>()
  const isSaid = said?.key === key
  const isWanted = isSaid ? said.isWanted : bytes !== undefined && bytes <= limit
  const { data, isFetching, error, refetch } = useInspection(settled, isWanted)
  return {
    data: settled && data,
    isReading: isWanted && isFetching,
    error: isSaid && isWanted ? error : null,
    read: () => {
      setSaid({ key: next, isWanted: true })
      if (next === key) void refetch()
    },
    stop: () => setSaid({ key, isWanted: false }),
    limit,
    setLimit,
  }
}

const keyOf = (request: InspectInput | undefined) => (request === undefined ? '' : JSON.stringify(request))

const limitKey = 'flathouse-read-whole'
const usualLimit = 100e6

function useLimit(): [number, (bytes: number) => void] {
  const [limit, setLimit] = useState(storedLimit)
  const keep = (bytes: number) => {
    setLimit(bytes)
    try {
      localStorage.setItem(limitKey, String(bytes))
    } catch {
      // It still holds until the page is closed.
    }
  }
  return [limit, keep]
}

function storedLimit(): number {
  try {
    const text = localStorage.getItem(limitKey) ?? ''
    return /^\d+$/.test(text) ? Number(text) : usualLimit
  } catch {
    return usualLimit
  }
}
