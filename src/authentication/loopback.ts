/** Names of this machine as addresses write them. An emulator may run there. */
export const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
