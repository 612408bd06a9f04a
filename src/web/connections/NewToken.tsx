import { useState } from 'react'
import type { ErrorCode } from '../../shared/index.ts'
import { useConnections, useMay } from '../api/index.ts'
import { Button } from '../components/index.ts'
import { takesToken } from './connection-words.ts'
import { GiveToken } from './GiveToken.tsx'

interface NewTokenProps {
  /** What went wrong. */
  code: ErrorCode
  /** With which connection. */
  server: string
  onGiven: () => void
}

/** Stands among the actions of an error that a new token may mend, and is nothing beside any other. */
export function NewToken({ code, server, onGiven }: NewTokenProps) {
  const [isOpen, setIsOpen] = useState(false)
  const { data = [] } = useConnections()
  const saved = data.find(({ name }) => name === server)
  const mayGive = useMay('admin')
  if (!mayGive || !saved || !mendable.has(code) || !takesToken(saved)) return null
  if (!isOpen)
    return (
      <Button icon="lock" onClick={() => setIsOpen(true)}>
        Give a new token
      </Button>
    )
  const close = () => setIsOpen(false)
  return (
    <GiveToken
      saved={saved}
      autoFocus
      onCancel={close}
      onGiven={() => {
        close()
        onGiven()
      }}
    />
  )
}

const mendable: ReadonlySet<ErrorCode> = new Set(['AUTH_FAILED', 'TOKEN_EXPIRED', 'TOKEN_MALFORMED'])
