import { developmentData } from './development-data.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with the Entra emulator in the place of Entra: settings for the real one give way. */
export function withEmulator(environment: Environment, instance: string): Environment {
  const { tenants, api } = developmentData.emulator;
  const others = Object.entries(environment).filter(([name]) => !name.startsWith('ENTRA_'));
  return {
    ...Object.fromEntries(others),
    ENTRA_TENANT_ID: tenants[0].id,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_INSTANCE: instance,
  };
}
