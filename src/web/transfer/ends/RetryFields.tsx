import { Checkbox, NumberField } from '../../components/index.ts'
import { usualAttempts } from '../draft.ts'
import { useTransfer } from '../state.tsx'

const mostAttempts = 10

/** What becomes of a run that fails by what can pass. */
export function RetryFields() {
  const { draft, change } = useTransfer()
  const { attempts, afterRestart } = draft.retry
  const set = (part: Partial<typeof draft.retry>) =>
    change((before) => ({ ...before, retry: { ...before.retry, ...part } }))
  return (
    <>
      <NumberField
        label="Attempts"
        value={attempts}
        min={1}
        max={mostAttempts}
        placeholder={String(usualAttempts)}
        hint="When the network or a server fails; never when the data do."
        onChange={(next) =>
          set({ attempts: next === null ? null : Math.min(Math.max(next, 1), mostAttempts) })
        }
      />
      <Checkbox
        label="Start again after a restart of Flathouse"
        checked={afterRestart}
        onChange={(next) => set({ afterRestart: next })}
      />
    </>
  )
}
