import { useState } from 'react'
import type { ConnectionTest } from '../../shared/index.ts'
import { api, problemOf, useSaveConnection } from '../api/index.ts'
import { connectionOf, fieldOf, nameOf, secretsOf, type FormErrors, type FormState } from './form.ts'

export interface Attempt {
  isBusy: boolean
  result: ConnectionTest | undefined
  /** What is wrong with a field, as its sentence. */
  errors: FormErrors
  /** What is wrong and concerns no field, or no server's answer at all. */
  error: Error | ConnectionTest['error']
}

const untried: Attempt = { isBusy: false, result: undefined, errors: {}, error: null }

/** Tries a connection and saves it when it works. One whose secrets stay on the server is saved first: only then can it be tried. */
export function useConnect(onSaved: (name: string) => void) {
  const save = useSaveConnection()
  const [attempt, setAttempt] = useState(untried)

  const connect = async (form: FormState): Promise<FormErrors> => {
    setAttempt({ ...untried, isBusy: true })
    const name = nameOf(form)
    const given = { connection: connectionOf(form), secrets: secretsOf(form) }
    try {
      if (form.keepsSecrets) await save.mutateAsync({ name, ...given })
      const result = await api.testConnection(form.keepsSecrets ? { name } : given)
      if (result.error) return failed(form, result)
      if (!form.keepsSecrets) await save.mutateAsync({ name, ...given })
      setAttempt({ ...untried, result })
      onSaved(name)
    } catch (error) {
      return refused(error)
    }
    return {}
  }

  const failed = (form: FormState, result: ConnectionTest): FormErrors => {
    const { error } = result
    const field = error ? fieldOf(error.code, form) : undefined
    const errors = field && error ? { [field]: error.message } : {}
    setAttempt({ isBusy: false, result, errors, error })
    return errors
  }
  /** What was sent is refused before anybody is asked only for its name: the form itself sees to the rest. */
  const refused = (error: unknown): FormErrors => {
    const { code, detail } = problemOf(error)
    const errors = code === 'REQUEST_INVALID' ? { name: detail } : {}
    const shown = error instanceof Error ? error : new Error(String(error))
    setAttempt({ ...untried, errors, error: code === 'REQUEST_INVALID' ? null : shown })
    return errors
  }
  const show = (errors: FormErrors) => setAttempt({ ...untried, errors })
  /** What was found out does not hold for what is typed now. */
  const forget = () => setAttempt((before) => (before.isBusy ? before : untried))
  return { attempt, connect, show, forget }
}
