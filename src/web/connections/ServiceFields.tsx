import { PasswordField, TextField } from '../components/index.ts'
import type { PartProps } from './form.ts'

/** An identity provider that gives Flathouse tokens by its id and secret; the secret is not asked for where it is kept. */
export const ServiceFields = ({ form, change, errors }: PartProps) => (
  <div className="fh-connection-service">
    <TextField
      label="Issuer"
      className="fh-connection-whole"
      inputMode="url"
      value={form.issuer}
      placeholder="https://login.example.com"
      error={errors.issuer ?? null}
      hint="The token service’s address. Flathouse gets tokens there by itself, and new ones before they end."
      onChange={(issuer) => change({ ...form, issuer })}
    />
    <TextField
      label="Client id"
      value={form.clientId}
      error={errors.clientId ?? null}
      onChange={(clientId) => change({ ...form, clientId })}
    />
    {!form.keepsSecrets && (
      <PasswordField
        label="Client secret"
        autoComplete="off"
        value={form.clientSecret}
        error={errors.clientSecret ?? null}
        onChange={(clientSecret) => change({ ...form, clientSecret })}
      />
    )}
    <TextField label="Scope (optional)" value={form.scope} onChange={(scope) => change({ ...form, scope })} />
    <TextField
      label="Audience (optional)"
      value={form.audience}
      onChange={(audience) => change({ ...form, audience })}
    />
  </div>
)
