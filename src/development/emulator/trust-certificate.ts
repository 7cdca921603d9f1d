/**
 * Returns how to make programs on this machine trust the emulator's certificate: Node, and the store that browsers use.
 *
 * @param file path of the certificate
 */
export function trustCertificate(file: string, platform: NodeJS.Platform): string {
  const path = quote(file, platform);
  return `  Node.js       ${platform === 'win32' ? 'set' : 'export'} NODE_EXTRA_CA_CERTS=${path}
  ${systemStore(path, platform)}`;
}

function quote(file: string, platform: NodeJS.Platform): string {
  if (/^[\w./:\\-]+$/.test(file)) return file;
  return platform === 'win32' ? `"${file}"` : `'${file.replaceAll("'", "'\\''")}'`;
}

function systemStore(path: string, platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin':
      return `macOS         security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${path}`;
    case 'win32':
      return `Windows       certutil -user -addstore Root ${path}`;
    default:
      // Chromium has a store of its own on Linux, and certutil is in Debian's libnss3-tools. The flag P trusts this one
      // certificate and makes it no authority.
      return `Chromium      mkdir -p $HOME/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n entra-emulator -i ${path}
  System        sudo cp ${path} /usr/local/share/ca-certificates/entra-emulator.crt && sudo update-ca-certificates`;
  }
}
