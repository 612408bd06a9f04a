import { roleWords } from './access-words.ts'
import { Segmented } from '../components/index.ts'
import { includes } from '../api/index.ts'
import type { Role } from '../../shared/index.ts'

interface RoleFieldProps {
  label: string
  value: Role
  /** The roles above it cannot be chosen. */
  most?: Role
  onChange: (role: Role) => void
}

const roles = Object.keys(roleWords) as Role[]

/** With what the chosen role may do. */
export const RoleField = ({ label, value, most = 'admin', onChange }: RoleFieldProps) => (
  <div className="fh-role-field">
    <Segmented
      label={label}
      value={value}
      options={roles.filter((role) => includes(most, role)).map((role) => ({ value: role, label: role }))}
      onChange={onChange}
    />
    <p className="fh-role-words" aria-live="polite">
      {`${value}: ${roleWords[value]}`}
    </p>
  </div>
)
