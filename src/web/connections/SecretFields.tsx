import type { SavedConnection } from '../../shared/index.ts'
import { Checkbox, PasswordField, Segmented } from '../components/index.ts'
import { secretsText } from './connection-words.ts'
import { isRemembered, mayKeepSecrets, withKept, withSignIn, type PartProps } from './form.ts'
import { PemField } from './PemField.tsx'
import { ServiceFields } from './ServiceFields.tsx'
import { StoreCheckbox } from './StoreCheckbox.tsx'
import { TokenFacts } from './TokenFacts.tsx'

interface SecretFieldsProps extends PartProps {
  /** The saved connection that is changed. */
  saved: SavedConnection | undefined
}

export function SecretFields({ saved, ...part }: SecretFieldsProps) {
  const { form } = part
  return (
    <>
      {saved && <KeptSecrets {...part} saved={saved} />}
      {!form.keepsSecrets && <WayChoice {...part} />}
      {form.signIn === 'service' && <ServiceFields {...part} />}
      {!form.keepsSecrets && <GivenSecrets {...part} />}
    </>
  )
}

function KeptSecrets({ form, change, saved }: PartProps & { saved: SavedConnection }) {
  const { secrets, areSecretsTemporary } = saved
  const words = secretsText(secrets)
  if (secrets.length === 0)
    return (
      <p className="fh-muted">
        No password or token is kept for this connection. One that was not stored is forgotten when Flathouse
        stops.
      </p>
    )
  if (!mayKeepSecrets(form, saved))
    return (
      <p className="fh-muted">
        The saved {words} was given for another server, user or token service and does not go to this one.
      </p>
    )
  return (
    <div className="fh-connection-store">
      <Checkbox
        label={areSecretsTemporary ? `Keep the ${words} that is in memory` : `Keep the saved ${words}`}
        checked={form.keepsSecrets}
        onChange={(keepsSecrets) => change(withKept(form, keepsSecrets, saved))}
      />
      {form.keepsSecrets && (
        <p className="fh-field-hint">
          Untick it to choose another way to sign in
          {form.protocol === 'https' && ', or to give a CA certificate'}.
        </p>
      )}
    </div>
  )
}

const WayChoice = ({ form, change }: PartProps) => (
  <Segmented
    label="Sign in by"
    value={form.signIn}
    options={ways}
    onChange={(signIn) => change(withSignIn(form, signIn))}
  />
)

const ways = [
  { value: 'password', label: 'Password' },
  { value: 'token', label: 'JWT token' },
  { value: 'service', label: 'Token service' },
  { value: 'certificate', label: 'Client certificate' },
] as const

function GivenSecrets(part: PartProps) {
  const { form, change, errors } = part
  return (
    <>
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
          hint={form.token === '' ? pasteHint : <TokenFacts token={form.token} />}
          onChange={(token) => change({ ...form, token })}
        />
      )}
      {form.signIn === 'certificate' && <CertificateFields {...part} />}
      {form.protocol === 'https' && <TlsFields {...part} />}
      <StoreCheckbox
        what={stored[form.signIn]}
        checked={isRemembered(form)}
        onChange={(remembers) => change({ ...form, remembers })}
      />
    </>
  )
}

const pasteHint = 'Paste it: who issued it, for whom and how long it holds is read in this page only.'

const stored = {
  password: 'the password',
  token: 'the token',
  service: 'the client secret',
  certificate: 'the private key',
} as const

const CertificateFields = ({ form, change, errors }: PartProps) => (
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

const TlsFields = ({ form, change, errors }: PartProps) => (
  <details className="fh-connection-fold" open={errors.ca !== undefined || form.ca !== '' || undefined}>
    <summary>TLS: CA certificate</summary>
    <div className="fh-stack">
      <PemField
        label="CA certificate"
        kind="CERTIFICATE"
        hint="Only when the server’s certificate is signed by an authority of your own."
        value={form.ca}
        error={errors.ca}
        onChange={(ca) => change({ ...form, ca })}
      />
    </div>
  </details>
)
