import { useState } from 'react'
import type { ConnectionTest } from '../../shared/index.ts'
import { api, problemOf, useSaveConnection } from '../api/index.ts'
import { bodyOf } from '../words.ts'
import {
  connectionOf,
  fieldOf,
  isRemembered,
  nameOf,
  secretsOf,
  type FormErrors,
  type FormState,
} from './form.ts'

export interface Attempt {
  isBusy: boolean
  result: ConnectionTest | undefined
  /** What is wrong with a field, as its sentence. */
  errors: FormErrors
  /** No server's answer at all. */
  error: Error | null
}

const untried: Attempt = { isBusy: false, result: undefined, errors: {}, error: null }

/** Tries a connection and saves it when it works. Secrets that the server keeps are tried as they are. */
export function useConnect(onSaved: (name: string) => void) {
  const save = useSaveConnection()
  const [attempt, setAttempt] = useState(untried)

  const connect = async (form: FormState): Promise<void> => {
    setAttempt({ ...untried, isBusy: true })
    const [name, connection, secrets] = [nameOf(form), connectionOf(form), secretsOf(form)]
    try {
      const result = await api.testConnection(secrets ? { connection, secrets } : { name, connection })
      if (result.error) {
        failed(form, result, result.error)
        return
      }
      const given = secrets && { secrets, remember: isRemembered(form) }
      await save.mutateAsync({ name, connection, ...given })
      setAttempt({ ...untried, result })
      onSaved(name)
    } catch (error) {
      refused(error)
    }
  }

  const failed = (form: FormState, result: ConnectionTest, error: NonNullable<ConnectionTest['error']>) => {
    const field = fieldOf(error.code, form)
    setAttempt({ ...untried, result, errors: field ? { [field]: bodyOf(error).message } : {} })
  }
  /** What was sent is refused before anybody is asked only for its name: the form itself sees to the rest. */
  const refused = (error: unknown) => {
    const { code, detail } = problemOf(error)
    const shown = error instanceof Error ? error : new Error(String(error))
    const isName = code === 'REQUEST_INVALID'
    setAttempt({ ...untried, errors: isName ? { name: detail } : {}, error: isName ? null : shown })
  }
  const show = (errors: FormErrors) => setAttempt({ ...untried, errors })
  /** What was found out does not hold for what is typed now. */
  const forget = () => setAttempt((before) => (before.isBusy ? before : untried))
  return { attempt, connect, show, forget }
}
