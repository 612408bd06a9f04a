import type { SavedConnection } from '../../shared/index.ts'
import { Checkbox, PasswordField, Segmented } from '../components/index.ts'
import { secretsText } from './connection-words.ts'
import { withSignIn, type FormErrors, type FormState } from './form.ts'
import { PemField } from './PemField.tsx'
import { TokenFacts } from './TokenFacts.tsx'

interface SecretFieldsProps {
  form: FormState
  change: (form: FormState) => void
  errors: FormErrors
  /** Kinds of secrets that the server keeps. */
  kept: SavedConnection['secrets']
  /** They are for this very server and user. */
  mayKeep: boolean
  isNew: boolean
}

export function SecretFields(props: SecretFieldsProps) {
  const { form, change, kept, mayKeep, isNew } = props
  return (
    <>
      {kept.length > 0 && mayKeep && (
        <Checkbox
          label={`Keep the saved ${secretsText(kept)}`}
          checked={form.keepsSecrets}
          onChange={(keepsSecrets) => change({ ...form, keepsSecrets })}
        />
      )}
      {kept.length > 0 && !mayKeep && (
        <p className="fh-muted">
          The saved {secretsText(kept)} was given for another server or user and does not go to this one.
        </p>
      )}
      {!isNew && kept.length === 0 && (
        <p className="fh-muted">
          No password or token is kept for this connection: secrets last until Flathouse stops. Give them
          again.
        </p>
      )}
      {!form.keepsSecrets && <GivenSecrets {...props} />}
    </>
  )
}

function GivenSecrets({ form, change, errors }: SecretFieldsProps) {
  return (
    <>
      <Segmented
        label="Sign in by"
        value={form.signIn}
        options={ways}
        onChange={(signIn) => change(withSignIn(form, signIn))}
      />
      {form.signIn === 'password' && (
        <PasswordField
          label="Password"
          autoComplete="new-password"
          value={form.password}
          error={errors.password ?? null}
          hint="Empty when the user has none."
          onChange={(password) => change({ ...form, password })}
        />
      )}
      {form.signIn === 'token' && (
        <PasswordField
          label="JWT token"
          autoComplete="off"
          value={form.token}
          error={errors.token ?? null}
          hint={form.token !== '' && <TokenFacts token={form.token} />}
          onChange={(token) => change({ ...form, token })}
        />
      )}
      {form.signIn === 'certificate' && <CertificateFields {...{ form, change, errors }} />}
      {form.protocol === 'https' && (
        <details className="fh-connection-tls" open={errors.ca !== undefined || form.ca !== '' || undefined}>
          <summary>TLS</summary>
          <PemField
            label="CA certificate"
            kind="CERTIFICATE"
            hint="Only when the server’s certificate is signed by an authority of your own."
            value={form.ca}
            error={errors.ca}
            onChange={(ca) => change({ ...form, ca })}
          />
        </details>
      )}
    </>
  )
}

const ways = [
  { value: 'password', label: 'Password' },
  { value: 'token', label: 'JWT token' },
  { value: 'certificate', label: 'Client certificate' },
] as const

const CertificateFields = ({
  form,
  change,
  errors,
}: Pick<SecretFieldsProps, 'form' | 'change' | 'errors'>) => (
  <>
    <PemField
      label="Client certificate"
      kind="CERTIFICATE"
      value={form.cert}
      error={errors.cert}
      onChange={(cert) => change({ ...form, cert })}
    />
    <PemField
      label="Private key"
      kind="PRIVATE KEY"
      value={form.key}
      error={errors.key}
      onChange={(key) => change({ ...form, key })}
    />
  </>
)
