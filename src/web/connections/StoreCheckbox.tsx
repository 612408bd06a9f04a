import { Checkbox } from '../components/index.ts'

interface StoreCheckboxProps {
  /** "the token" */
  what: string
  checked: boolean
  onChange: (checked: boolean) => void
}

/** Whether a secret is written down at all, and what follows from it. */
export const StoreCheckbox = ({ what, checked, onChange }: StoreCheckboxProps) => (
  <div className="fh-connection-store">
    <Checkbox label={`Store ${what} (encrypted) in Flathouse`} checked={checked} onChange={onChange} />
    <p className="fh-field-hint" aria-live="polite">
      {checked
        ? 'Flathouse can use it at any time, and shows it to nobody.'
        : 'It is kept in memory until Flathouse stops; then it has to be given again.'}
    </p>
  </div>
)
